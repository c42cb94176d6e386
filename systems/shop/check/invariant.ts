import type { Answer } from './answers.ts';
import type { ShopFacts } from './facts.ts';

/** What an invariant is checked on. */
export interface Evidence {
  readonly facts: ShopFacts;
  /** What clients were answered, as they wrote it down; `undefined` when none did. */
  readonly answers: readonly Answer[] | undefined;
}

/** One thing that should not be. */
export interface Breach {
  /** What it is about: the id of an order, payment, SKU, saga. */
  readonly id: string;
  readonly problem: string;
}

/** Numbers that people can check by hand; nested ones are per currency or state. */
export type Figures = Readonly<Record<string, number | string | Readonly<Record<string, number>>>>;

/** What a check came to. */
export interface Verdict {
  readonly figures: Figures;
  readonly broken: readonly Breach[];
  /** Why it could not be checked, or not all of it. */
  readonly needs?: string;
}

/** Something that must hold of every shop at rest. Pure: the same evidence gives the same verdict. */
export interface Invariant {
  /** `I1`. */
  readonly id: string;
  readonly title: string;
  check(evidence: Evidence): Verdict;
}
