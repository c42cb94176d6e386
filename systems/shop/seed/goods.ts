/** One kind of thing in the seeded catalogue; each is made in three lines (see `lines.ts`). */
export interface Kind {
  readonly name: string;
  /** What it is, in a sentence or two that a customer reads first. */
  readonly text: string;
  /** Cents of euro, tax included, of the plainest line in its smallest size. */
  readonly price: number;
  /** What the customer chooses between; each becomes a SKU. */
  readonly sizes: readonly string[];
  readonly material: string;
  readonly weightGrams: number;
  /** What its picture shows. */
  readonly shape: string;
  readonly tax?: 'reduced';
}

/** One department of the store. */
export interface Department {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly kinds: readonly Kind[];
  /** A thing that exists once, outside of the lines. */
  readonly special: Kind;
}

/** Writes a kind in one line, so that a department reads like a list. */
export function kind(
  name: string,
  figures: readonly [price: number, weightGrams: number],
  rest: Omit<Kind, 'name' | 'price' | 'weightGrams'>,
): Kind {
  const [price, weightGrams] = figures;
  return { name, price, weightGrams, ...rest };
}
