import { LINES_MAX, QUANTITY_MAX } from '../../contracts/common.ts';
import type { LineRow } from './tables.ts';

/** A line while it is worked with; its cart is known. */
export type Line = Omit<LineRow, 'cart_id'>;

/** What is to be added. */
export type Addition = Omit<Line, 'since_version'>;

/**
 * Adds pieces to lines; `undefined` when a limit forbids it. Title and price become those of the
 * addition: they are what was seen last.
 */
export function addTo(
  lines: readonly Line[],
  addition: Addition,
  version: number,
): Line[] | undefined {
  const current = lines.find((line) => line.sku === addition.sku);
  if (!current) {
    return lines.length < LINES_MAX
      ? [...lines, { ...addition, since_version: version }]
      : undefined;
  }
  const quantity = current.quantity + addition.quantity;
  if (quantity > QUANTITY_MAX) return undefined;
  return replace(lines, { ...addition, quantity, since_version: current.since_version });
}

/** Sums a guest's lines into others up to the limits; what finds no room is left out. */
export function mergeLines(
  lines: readonly Line[],
  guest: readonly Addition[],
  version: number,
): Line[] {
  return guest.reduce<readonly Line[]>((merged, addition) => {
    const current = merged.find((line) => line.sku === addition.sku);
    const room = QUANTITY_MAX - (current?.quantity ?? 0);
    if (room === 0) return merged;
    const quantity = Math.min(addition.quantity, room);
    return addTo(merged, { ...addition, quantity }, version) ?? merged;
  }, lines) as Line[];
}

/**
 * What is left of a cart after an order of `version`: pieces that were added since stay, and so do lines
 * that came later as a whole, even of a SKU that was ordered.
 */
export function subtractOrder(
  lines: readonly Line[],
  ordered: readonly { readonly sku: string; readonly quantity: number }[],
  version: number,
): Line[] {
  const pieces = new Map(ordered.map(({ sku, quantity }) => [sku, quantity]));
  return lines.flatMap((line) => {
    if (line.since_version > version) return [line];
    const quantity = line.quantity - (pieces.get(line.sku) ?? 0);
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
}

/** The lines with one of them exchanged. */
export function replace(lines: readonly Line[], changed: Line): Line[] {
  return lines.map((line) => (line.sku === changed.sku ? changed : line));
}
