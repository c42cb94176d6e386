import { invalidCursor, parseCursor as parseAny, toCursor } from '@portico/service';

export { toCursor };

/** How many items a page holds when its caller does not say. */
export const PAGE_DEFAULT = 20;

/** Where a page ended: values of its order's columns. */
export type Position = readonly (string | number)[];

/**
 * The position behind `cursor`, whose values have the types of `like`; `undefined` without a cursor.
 * @throws {Failure} `invalid` for anything that is none of this list.
 */
export function parseCursor<P extends Position>(
  cursor: string | undefined,
  like: P,
): P | undefined {
  const position = parseAny(cursor);
  if (position === undefined) return undefined;
  const fits =
    Array.isArray(position) &&
    position.length === like.length &&
    position.every((value, index) => typeof value === typeof like[index]);
  if (fits) return position as unknown as P;
  throw invalidCursor();
}

/** One page from `rows`, of which one more than `limit` was asked for. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, position }: { item(row: NoInfer<Row>): Item; position(row: NoInfer<Row>): Position },
): { items: Item[]; next?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map((row) => item(row));
  return rows.length > limit && last ? { items, next: toCursor(position(last)) } : { items };
}
