import type { PriceRow } from './tables.ts';

/** What staff ask for. Times are Unix milliseconds; without `from`: now. */
export interface PriceRequest {
  readonly amount: number;
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

type Interval = Pick<PriceRow, 'valid_from' | 'valid_until' | 'amount'>;

/** How a price comes to stand among the others of its SKU and currency. */
export type PricePlan =
  /** It stands there already. */
  | { readonly kind: 'same'; readonly price: Interval }
  /** Write it; `closed`: the open-ended price before it, which ends where it begins. */
  | { readonly kind: 'put'; readonly price: Interval; readonly closed?: Interval }
  | { readonly kind: 'overlap'; readonly existing: Interval }
  | { readonly kind: 'invalid'; readonly field: 'from' | 'until'; readonly detail: string };

/**
 * Decides by the prices that one SKU has in one currency, none of which overlap. What has begun is
 * history: it can be given an end from now on, and nothing else about it can change.
 */
export function planPrice(
  existing: readonly Interval[],
  request: PriceRequest,
  now: number,
): PricePlan {
  const from = request.from ?? now;
  const wanted = { valid_from: from, valid_until: request.until ?? null, amount: request.amount };
  const standing = existing.find((price) => stands(price, request, now));
  if (standing) return { kind: 'same', price: standing };
  if (wanted.valid_until !== null && wanted.valid_until <= Math.max(from, now)) {
    const detail = 'A price ends after it begins, and not in the past.';
    return { kind: 'invalid', field: 'until', detail };
  }
  const replaced = existing.find((price) => price.valid_from === from);
  if (from < now && (replaced?.amount !== request.amount || hasEnded(replaced, now))) {
    const detail = 'A price can not begin in the past, nor change once it has begun.';
    return { kind: 'invalid', field: 'from', detail };
  }
  return place(
    existing.filter((price) => price !== replaced),
    wanted,
  );
}

/** Puts it between the others, or says which is in its way. */
function place(others: readonly Interval[], wanted: Interval): PricePlan {
  const crossing = others.filter((price) => overlaps(price, wanted));
  const before = crossing.find(
    (price) => price.valid_from < wanted.valid_from && price.valid_until === null,
  );
  const inTheWay = crossing.find((price) => price !== before);
  if (inTheWay) return { kind: 'overlap', existing: inTheWay };
  if (!before) return { kind: 'put', price: wanted };
  return { kind: 'put', price: wanted, closed: { ...before, valid_until: wanted.valid_from } };
}

/** The price that is valid at a moment. */
export function priceAt<Price extends Interval>(
  prices: readonly Price[],
  at: number,
): Price | undefined {
  return prices.find((price) => isValidAt(price, at));
}

/** Whether a price is valid at a moment: its beginning belongs to it, its end does not. */
export function isValidAt(price: Omit<Interval, 'amount'>, at: number): boolean {
  return price.valid_from <= at && (price.valid_until === null || at < price.valid_until);
}

/** An end that has passed is history too: a price that was not valid yesterday does not become so today. */
function hasEnded({ valid_until }: Interval, now: number): boolean {
  return valid_until !== null && valid_until < now;
}

function stands(price: Interval, request: PriceRequest, now: number): boolean {
  const begins =
    request.from === undefined ? isValidAt(price, now) : price.valid_from === request.from;
  const sameEnd = price.valid_until === (request.until ?? null);
  return begins && sameEnd && price.amount === request.amount;
}

function overlaps(a: Interval, b: Interval): boolean {
  return (
    (b.valid_until === null || a.valid_from < b.valid_until) &&
    (a.valid_until === null || b.valid_from < a.valid_until)
  );
}
