/** What somebody can be recognized by, and what kind of thing it is. */
export interface Name {
  readonly subject: string;
  readonly what: string;
}

/** A value that was found in a text; the value itself is not repeated, reports are kept. */
export type Named = Name;

/** Looks for many values in a text at once, whatever their case. */
export class NameSearch {
  readonly #names: ReadonlyMap<string, Name>;
  readonly #pattern: RegExp | undefined;

  constructor(names: ReadonlyMap<string, Name>) {
    this.#names = names;
    // The longest first: where one value begins another, the whole of it is found.
    const values = [...names.keys()].sort((a, b) => b.length - a.length).map(RegExp.escape);
    this.#pattern = values.length > 0 ? new RegExp(values.join('|'), 'gu') : undefined;
  }

  /** How many values are looked for. */
  get size(): number {
    return this.#names.size;
  }

  find(text: string): Named[] {
    if (!this.#pattern || text === '') return [];
    const found = new Set(text.toLowerCase().match(this.#pattern) ?? []);
    return [...found].flatMap((value) => this.#names.get(value) ?? []);
  }
}
