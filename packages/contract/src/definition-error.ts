/** One thing wrong with a definition: where, and what to do about it. */
export interface Mistake {
  /** Where in the author's own words: `operations.placeOrder.input.lines[].sku`. */
  readonly place: string;
  /** A sentence. */
  readonly problem: string;
}

/** Collects mistakes, so that an author sees all of them at once. */
export type Report = (place: string, problem: string) => void;

/** Thrown by `api` and `parseContractJson`: every mistake of a definition, each with its place. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly mistakes: readonly Mistake[];

  constructor(what: string, mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
    const lines = mistakes.map(({ place, problem }) => `  ${place}: ${problem}`);
    super(`${what} is refused, ${count}:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}
