const UNITS_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

/** `500ms`, `60s`, `2m` in ms. @throws {Error} for anything else. */
export function parseDurationMs(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  if (!digits || !unit) {
    throw new Error(`"${text}" is no duration: write a number and ms, s or m, such as 60s.`);
  }
  return Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
}
