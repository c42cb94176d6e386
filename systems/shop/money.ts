/** An amount of one currency: whole minor units (cents, yen, fils) and an ISO 4217 code. */
export interface Money {
  readonly amount: number;
  readonly currency: Currency;
}

/** Digits after the decimal point of each currency that the shop sells in (ISO 4217, minor unit). */
export const CURRENCY_EXPONENTS = { EUR: 2, GBP: 2, JPY: 0, BHD: 3 } as const;

/** A currency that the shop sells in. */
export type Currency = keyof typeof CURRENCY_EXPONENTS;

/**
 * The largest amount either side of zero. Far above any order, and far enough below 2^53 that every
 * amount is exact in a double and in `xsd:long`.
 */
export const AMOUNT_MAX = 1_000_000_000_000;

/** 100 % in basis points. */
const WHOLE_BASIS_POINTS = 10_000n;

/** An amount that can't be computed exactly: a programmer's mistake, or input that validation let through. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';
}

/** Whether `code` is a currency that the shop sells in. */
export function isCurrency(code: string): code is Currency {
  return Object.hasOwn(CURRENCY_EXPONENTS, code);
}

/** `code` as a currency. @throws {MoneyError} naming the ones there are. */
export function parseCurrency(code: string): Currency {
  if (isCurrency(code)) return code;
  const known = Object.keys(CURRENCY_EXPONENTS).join(', ');
  throw new MoneyError(`The shop does not sell in ${code}. Use one of ${known}.`);
}

/** An amount of minor units. @throws {MoneyError} for fractions and for amounts beyond {@link AMOUNT_MAX}. */
export function money(amount: number, currency: Currency): Money {
  if (!Number.isSafeInteger(amount) || Math.abs(amount) > AMOUNT_MAX) {
    throw new MoneyError(
      `${amount} ${currency} is not a whole number of minor units between ±${AMOUNT_MAX}.`,
    );
  }
  // `-0` would be told apart from `0` by a strict comparison, and means nothing.
  return { amount: amount === 0 ? 0 : amount, currency };
}

/** Nothing, of `currency`. */
export function zero(currency: Currency): Money {
  return { amount: 0, currency };
}

/** `a + b`. @throws {MoneyError} across currencies and on overflow. */
export function add(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.amount + b.amount, a.currency);
}

/** `a − b`. @throws {MoneyError} across currencies and on overflow. */
export function subtract(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.amount - b.amount, a.currency);
}

/** The sum of `parts`, which all have `currency`. */
export function sum(parts: readonly Money[], currency: Currency): Money {
  return parts.reduce(add, zero(currency));
}

/** `quantity` times a unit price. @throws {MoneyError} for fractions and on overflow. */
export function times(unit: Money, quantity: number): Money {
  if (!Number.isSafeInteger(quantity)) {
    throw new MoneyError(`${quantity} is not a whole number of pieces.`);
  }
  return money(toSafe(BigInt(unit.amount) * BigInt(quantity), unit.currency), unit.currency);
}

/** Whether both are the same amount of the same currency. */
export function isSame(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}

/**
 * Splits `total` in proportion to `weights` by largest remainder (Hamilton): each part is its exact
 * share rounded down or up, and the parts add up to the whole. Equal remainders favour the earlier
 * part, so the same split comes out each time. Without any weight the parts are equal ones.
 * @throws {MoneyError} without weights, or with negative or fractional ones.
 */
export function allocate(total: Money, weights: readonly number[]): Money[] {
  if (weights.length === 0) throw new MoneyError('An amount can be split into one part at least.');
  if (weights.some((weight) => !Number.isSafeInteger(weight) || weight < 0)) {
    throw new MoneyError('The weights of a split are whole numbers from zero.');
  }
  const even = weights.every((weight) => weight === 0);
  const shares = weights.map((weight) => (even ? 1n : BigInt(weight)));
  const whole = shares.reduce((left, right) => left + right, 0n);
  const sign = total.amount < 0 ? -1n : 1n;
  const size = BigInt(total.amount) * sign;
  const parts = shares.map((share, index) => ({
    index,
    units: (size * share) / whole,
    remainder: (size * share) % whole,
  }));
  const left = Number(size - parts.reduce((given, part) => given + part.units, 0n));
  const byRemainder = parts.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  const lucky = new Set(byRemainder.slice(0, left).map((part) => part.index));
  return parts.map(({ index, units }) =>
    money(Number(sign * (units + (lucky.has(index) ? 1n : 0n))), total.currency),
  );
}

/**
 * The tax that a price with tax holds, at `rateBasisPoints` (1900 for 19 %), rounded half-up. A
 * negative amount holds the negative of the tax, so that a refund takes back what the sale held.
 * @throws {MoneyError} for rates that are no whole number of basis points.
 */
export function taxPart(gross: Money, rateBasisPoints: number): Money {
  if (!Number.isSafeInteger(rateBasisPoints) || rateBasisPoints < 0) {
    throw new MoneyError(`${rateBasisPoints} is not a tax rate in basis points.`);
  }
  const sign = gross.amount < 0 ? -1n : 1n;
  const size = BigInt(gross.amount) * sign;
  const rate = BigInt(rateBasisPoints);
  const divisor = WHOLE_BASIS_POINTS + rate;
  const tax = (2n * size * rate + divisor) / (2n * divisor);
  return money(Number(sign * tax), gross.currency);
}

/** As people write it, without grouping: `12.50 EUR`, `980 JPY`, `4.250 BHD`. */
export function formatMoney({ amount, currency }: Money): string {
  const exponent = CURRENCY_EXPONENTS[currency];
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const sign = amount < 0 ? '-' : '';
  if (exponent === 0) return `${sign}${digits} ${currency}`;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)} ${currency}`;
}

function assertSameCurrency(a: Money, b: Money): void {
  if (a.currency === b.currency) return;
  throw new MoneyError(`${a.currency} and ${b.currency} can't be added: there is no conversion.`);
}

function toSafe(value: bigint, currency: Currency): number {
  const limit = BigInt(AMOUNT_MAX);
  if (value <= limit && value >= -limit) return Number(value);
  throw new MoneyError(`${value} ${currency} is beyond the largest amount, ±${AMOUNT_MAX}.`);
}
