import { compareFields } from './compare-object.ts';
import {
  compareIntegers,
  compareNumbers,
  compareRange,
  compareStrings,
  type Facet,
} from './compare-scalar.ts';
import { type Comparison, type Pair, reportFacets } from './comparison.ts';
import type { ArrayShape, MapShape, Shape, UnionShape } from './shape.ts';
import { resolveShape } from './walk.ts';

/**
 * Reports how two types differ: whether all that the sender may send is accepted by the receiver.
 * In doubt it is a break.
 */
export function compareShapes(pair: Pair, comparison: Comparison): void {
  const { sent, received } = pair;
  const from = resolveShape(sent, comparison.sender);
  const to = resolveShape(received, comparison.receiver);
  compareNull({ sent: from, received: to, place: pair.place }, comparison);
  let place = pair.place;
  if (sent.kind === 'reference' || received.kind === 'reference') {
    if (!isFirst(sent, received, comparison)) return;
    // A type that keeps its name is reported in its own place; others where they are first used.
    const name = sent.kind === 'reference' ? sent.name : undefined;
    if (received.kind === 'reference' && received.name === name) place = `types.${name}`;
  }
  const resolved = { sent: from, received: to, place };
  for (const next of compareResolved(resolved, comparison)) compareShapes(next, comparison);
}

/** Whether this pair has not been compared before. Structures are told apart by identity. */
function isFirst(sent: Shape, received: Shape, comparison: Comparison): boolean {
  const { compared } = comparison;
  const from = sent.kind === 'reference' ? sent.name : sent;
  const to = received.kind === 'reference' ? received.name : received;
  const known = compared.get(from) ?? new Set();
  if (known.has(to)) return false;
  compared.set(from, known.add(to));
  return true;
}

/** Reports that `null` may be sent where it is not accepted, or no longer where it was. */
function compareNull({ sent, received, place }: Pair, comparison: Comparison): void {
  const from = sent.nullable === true || sent.kind === 'any';
  const to = received.nullable === true || received.kind === 'any';
  if (from === to) return;
  const show = (yes: boolean) => (yes ? 'allowed' : 'not allowed');
  const facet = { name: 'null', sent: show(from), received: show(to), fits: to };
  reportFacets([facet], place, comparison);
}

/** Compares two structures that are no references; what is left to compare are their parts. */
function compareResolved({ sent, received, place }: Pair, comparison: Comparison): readonly Pair[] {
  if (sent.kind === 'object' && received.kind === 'object') {
    return compareFields({ sent, received, place }, comparison);
  }
  if (sent.kind === 'array' && received.kind === 'array') {
    reportFacets(compareCounts(sent, received), place, comparison);
    return [{ sent: sent.items, received: received.items, place: `${place}[]` }];
  }
  if (sent.kind === 'map' && received.kind === 'map') {
    reportFacets(compareKeys(sent, received), place, comparison);
    return [{ sent: sent.values, received: received.values, place: `${place}{}` }];
  }
  if (sent.kind === 'union' && received.kind === 'union') {
    return compareUnions({ sent, received, place }, comparison);
  }
  reportFacets(compareScalars(sent, received), place, comparison);
  return [];
}

function compareScalars(sent: Shape, received: Shape): readonly Facet[] {
  if (sent.kind === 'string' && received.kind === 'string') return compareStrings(sent, received);
  if (sent.kind === 'number' && received.kind === 'number') return compareNumbers(sent, received);
  if (sent.kind === 'integer' && received.kind === 'integer') {
    return compareIntegers(sent, received);
  }
  if (sent.kind === received.kind) return [];
  // A break also where JSON would allow it (anything for a string): XML writes each in its own way.
  const fits = sent.kind === 'integer' && received.kind === 'number';
  const kind = { name: 'the type', sent: sent.kind, received: received.kind, fits };
  if (!fits || received.kind !== 'number') return [kind];
  return [kind, ...compareNumbers(sent, received)];
}

function compareCounts(sent: ArrayShape, received: ArrayShape): readonly Facet[] {
  const range = compareRange(
    ['the least number of items', 'the greatest number of items'],
    [sent.minItems, sent.maxItems],
    [received.minItems, received.maxItems],
  );
  const [from, to] = [sent.uniqueItems === true, received.uniqueItems === true];
  if (from === to) return range;
  const name = 'the rule that items differ';
  return [...range, { name, sent: String(from), received: String(to), fits: from }];
}

function compareKeys(sent: MapShape, received: MapShape): readonly Facet[] {
  const text = { kind: 'string' } as const;
  return [
    ...compareRange(
      ['the least number of keys', 'the greatest number of keys'],
      [undefined, sent.maxProperties],
      [undefined, received.maxProperties],
    ),
    ...compareStrings(sent.keys ?? text, received.keys ?? text),
  ];
}

function compareUnions(
  { sent, received, place }: Pair<UnionShape>,
  comparison: Comparison,
): readonly Pair[] {
  const { note, direction, isRequest } = comparison;
  if (sent.tag !== received.tag) {
    const reason = 'The field that tells the branches apart is another one.';
    note({ place, direction, severity: 'breaking', reason });
    return [];
  }
  for (const { value } of received.branches) {
    if (sent.branches.some((branch) => branch.value === value)) continue;
    const reason = isRequest ? 'This branch is new.' : 'This branch is no longer sent.';
    note({ place: `${place}(${value})`, direction, severity: 'compatible', reason });
  }
  return sent.branches.flatMap((branch): readonly Pair[] => {
    const where = `${place}(${branch.value})`;
    const other = received.branches.find(({ value }) => value === branch.value);
    if (other !== undefined) return [{ sent: branch.shape, received: other.shape, place: where }];
    const reason = isRequest
      ? 'This branch is no longer accepted.'
      : 'This branch is new, and older clients do not know it.';
    note({ place: where, direction, severity: 'breaking', reason });
    return [];
  });
}
