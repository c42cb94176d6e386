/** How many SKUs are nearly gone: enough for a race over the last piece. */
const SINGLES = 10;
/** How many are sold out from the start. */
const EMPTY = 5;
/** The fewest and the most pieces of all others. */
const PIECES = { least: 20, most: 200 } as const;

/**
 * Pieces on hand for each SKU, the same each time: five SKUs with none, ten with one, the others with
 * 20 to 200. Which ones follows from a hash of the SKU, so a product added later moves few others.
 */
export function createStock(skus: readonly string[]): ReadonlyMap<string, number> {
  const ranked = skus.toSorted((a, b) => hash(a) - hash(b) || (a < b ? -1 : 1));
  return new Map(
    ranked.map((sku, rank) => {
      if (rank < EMPTY) return [sku, 0];
      if (rank < EMPTY + SINGLES) return [sku, 1];
      return [sku, PIECES.least + (hash(`pieces of ${sku}`) % (PIECES.most - PIECES.least + 1))];
    }),
  );
}

/** FNV-1a, 32 bits: spreads evenly, and needs no secret. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}
