import { createHash } from 'node:crypto';

/** How many replicas of one service a caller connects to. */
export interface SubsetPolicy {
  /** Up to so many, to all. */
  readonly allUpTo: number;
  /** Beyond that, to this many: connections grow with callers × replicas. */
  readonly size: number;
}

/**
 * The names that `self` connects to. Every caller takes others, and keeps nearly all of its own when one
 * comes or goes (rendezvous hashing; Thaler and Ravishankar, 1998).
 */
export function chooseSubset(
  names: readonly string[],
  self: string,
  { allUpTo, size }: SubsetPolicy,
): readonly string[] {
  if (names.length <= allUpTo) return names;
  const ranked = names.map((name) => ({ name, rank: rankOf(`${self}\n${name}`) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, size).map(({ name }) => name);
}

function rankOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
