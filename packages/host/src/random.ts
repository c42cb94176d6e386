import { randomFillSync } from 'node:crypto';

/** Randomness as a machine gives it. */
export interface Random {
  /** Uniform in [0, 1). For jitter and sampling, not for secrets. */
  float(): number;
  /** `size` bytes fit for secrets. */
  bytes(size: number): Uint8Array;
}

/** Drawn from the operating system at once: a draw costs about 1 µs whatever its size. */
const POOL_BYTES = 4096;
/** Longer requests are drawn on their own. */
const POOLED_MAX_BYTES = 64;

/** The operating system's randomness. */
export function createRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    float: () => Math.random(),
    bytes(size) {
      if (size > POOLED_MAX_BYTES) return randomFillSync(new Uint8Array(size));
      if (used + size > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const drawn = pool.slice(used, used + size);
      // What was handed out may be a secret: it does not stay here.
      pool.fill(0, used, used + size);
      used += size;
      return drawn;
    },
  };
}

/**
 * Repeatable randomness for simulations: sfc32 (Chris Doty-Humphrey, PractRand 0.95; public domain),
 * 128 bits of state, period about 2¹²⁷. Equal seeds give equal sequences. Not fit for secrets.
 */
export function createSeededRandom(seed: number): Random {
  const next = sfc32(seed);
  return {
    float: () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53,
    bytes(size) {
      const drawn = new Uint8Array(size);
      for (let at = 0; at < size; at += 4) {
        const word = next();
        for (let i = 0; i < 4 && at + i < size; i++) drawn[at + i] = word >>> (8 * i);
      }
      return drawn;
    },
  };
}

/** The author's own warm-up: 12 rounds after seeding make neighbouring seeds independent. */
const WARM_UP_ROUNDS = 12;

function sfc32(seed: number): () => number {
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return next;
}
