/** Randomness as a machine gives it. */
export interface Random {
  /** Uniform in [0, 1). For jitter and sampling, not for secrets. */
  float(): number;
  /** `size` bytes fit for secrets. */
  bytes(size: number): Uint8Array;
}
