import type { Money } from '../money.ts';

/** Sums of whole numbers by key. */
export type Tally = Map<string, number>;

/** Adds up the numbers of `items` that share a key. */
export function tally<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  amountOf: (item: Item) => number = () => 1,
): Tally {
  const sums: Tally = new Map();
  for (const item of items) {
    const key = keyOf(item);
    sums.set(key, (sums.get(key) ?? 0) + amountOf(item));
  }
  return sums;
}

/** The sum of all. */
export function totalOf(sums: Tally): number {
  return [...sums.values()].reduce((left, right) => left + right, 0);
}

/** Sums per currency, for people. */
export function sumsOf(amounts: Iterable<Money>): Record<string, number> {
  return toRecord(
    tally(
      amounts,
      ({ currency }) => currency,
      ({ amount }) => amount,
    ),
  );
}

/** Counts by what `keyOf` says, for people. */
export function countBy<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): Record<string, number> {
  return toRecord(tally(items, keyOf));
}

function toRecord(sums: Tally): Record<string, number> {
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
