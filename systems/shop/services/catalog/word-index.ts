import { compareText, wordsOf } from '../../text.ts';

/** A word that stands in full counts twice as much as one that only begins with what was typed. */
const FULL_WORD_FACTOR = 2;
/** More words than anybody searches for. */
const QUERY_WORDS_MAX = 12;

/** What stands in which document, and how much it counts there. */
export interface WordIndex {
  /** Replaces what the document says. Words count as much as their weightiest place. */
  put(document: string, texts: readonly { readonly text: string; readonly weight: number }[]): void;
  remove(document: string): void;
  /**
   * Documents in which each word of `query` begins some word, with their scores; `undefined` when the
   * query has no words.
   */
  search(query: string): ReadonlyMap<string, number> | undefined;
}

/** An index in memory. Prefixes are found in a sorted list of words, made anew after changes. */
export function createWordIndex(): WordIndex {
  const postings = new Map<string, Map<string, number>>();
  const documents = new Map<string, readonly string[]>();
  let vocabulary: string[] | undefined;

  function remove(document: string): void {
    for (const word of documents.get(document) ?? []) {
      const places = postings.get(word);
      places?.delete(document);
      if (places?.size === 0) {
        postings.delete(word);
        vocabulary = undefined;
      }
    }
    documents.delete(document);
  }

  return {
    remove,
    put(document, texts) {
      remove(document);
      const weights = weigh(texts);
      for (const [word, weight] of weights) {
        let places = postings.get(word);
        if (!places) {
          places = new Map();
          postings.set(word, places);
          vocabulary = undefined;
        }
        places.set(document, weight);
      }
      documents.set(document, [...weights.keys()]);
    },
    search(query) {
      const words = [...new Set(wordsOf(query))].slice(0, QUERY_WORDS_MAX);
      if (words.length === 0) return undefined;
      vocabulary ??= [...postings.keys()].sort(compareText);
      const sorted = vocabulary;
      return words
        .map((word) => scoresOf(word, sorted, postings))
        .reduce((left, right) => intersect(left, right));
    },
  };
}

type Postings = ReadonlyMap<string, ReadonlyMap<string, number>>;

function weigh(texts: readonly { readonly text: string; readonly weight: number }[]) {
  const weights = new Map<string, number>();
  for (const { text, weight } of texts) {
    for (const word of wordsOf(text)) {
      weights.set(word, Math.max(weight, weights.get(word) ?? 0));
    }
  }
  return weights;
}

/** The best score of each document over all words that begin with `prefix`. */
function scoresOf(prefix: string, sorted: readonly string[], postings: Postings) {
  const scores = new Map<string, number>();
  for (let at = firstAtLeast(sorted, prefix); at < sorted.length; at++) {
    const word = sorted[at] ?? '';
    if (!word.startsWith(prefix)) break;
    const factor = word === prefix ? FULL_WORD_FACTOR : 1;
    for (const [document, weight] of postings.get(word) ?? []) {
      scores.set(document, Math.max(weight * factor, scores.get(document) ?? 0));
    }
  }
  return scores;
}

function firstAtLeast(sorted: readonly string[], word: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < word) low = middle + 1;
    else high = middle;
  }
  return low;
}

function intersect(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>) {
  const both = new Map<string, number>();
  for (const [document, score] of left) {
    const other = right.get(document);
    if (other !== undefined) both.set(document, score + other);
  }
  return both;
}
