const PERIOD = /^([1-9][0-9]{0,5})(ms|s|m|h)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** A job that runs more often is a loop. */
export const PERIOD_MIN_MS = 100;
/** A day: what happens less often belongs into a table with its due time, not into memory. */
export const PERIOD_MAX_MS = 86_400_000;

/**
 * A period as people write it (`'500ms'`, `'30s'`, `'5m'`, `'1h'`), in milliseconds.
 * @throws {Error} saying what a period looks like; also below 100 ms and above 24 h.
 */
export function parsePeriod(text: string): number {
  const [, digits, unit] = PERIOD.exec(text) ?? [];
  const periodMs = Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(periodMs)) {
    throw new Error(
      `"${text}" is not a period: write a whole number and ms, s, m or h, like '30s'.`,
    );
  }
  if (periodMs < PERIOD_MIN_MS || periodMs > PERIOD_MAX_MS) {
    throw new Error(`The period "${text}" is out of range: from '100ms' to '24h'.`);
  }
  return periodMs;
}
