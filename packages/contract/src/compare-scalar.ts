import type { IntegerShape, NumberShape, StringShape } from './shape.ts';

/** One limit of a type that differs between two versions. */
export interface Facet {
  readonly name: string;
  /** As the sender's side has it, and as the receiver's side has it, for people. */
  readonly sent: string;
  readonly received: string;
  /** Whether the receiver accepts all that the sender may send, as far as this limit goes. */
  readonly fits: boolean;
}

const show = (value: unknown) => (value === undefined ? 'none' : String(value));

function facet(
  name: string,
  [sent, received]: readonly [sent: unknown, received: unknown],
  fits: boolean,
): readonly Facet[] {
  return sent === received ? [] : [{ name, sent: show(sent), received: show(received), fits }];
}

/** `received` is at most `sent`, where "none" is no limit at all. */
const least = (sent: number | undefined, received: number | undefined) =>
  received === undefined || (sent !== undefined && sent >= received);
const most = (sent: number | undefined, received: number | undefined) =>
  received === undefined || (sent !== undefined && sent <= received);

/** How the limits of a length or a count differ. */
export function compareRange(
  name: readonly [least: string, most: string],
  sent: readonly [number | undefined, number | undefined],
  received: readonly [number | undefined, number | undefined],
): readonly Facet[] {
  return [
    ...facet(name[0], [sent[0], received[0]], least(sent[0] ?? 0, received[0])),
    ...facet(name[1], [sent[1], received[1]], most(sent[1], received[1])),
  ];
}

/** How the limits of two strings differ. Patterns are compared as texts: in doubt they don't fit. */
export function compareStrings(sent: StringShape, received: StringShape): readonly Facet[] {
  if (sent.values !== undefined) return compareListed(sent.values, sent, received);
  if (received.values !== undefined) {
    return facet('the list of values', [undefined, received.values.join(', ')], false);
  }
  return [
    ...facet(
      'the format',
      [sent.format, received.format],
      received.format === undefined || sent.format === received.format,
    ),
    ...facet('the pattern', [sent.pattern, received.pattern], received.pattern === undefined),
    ...compareRange(
      ['the least length', 'the greatest length'],
      [sent.minLength, sent.maxLength],
      [received.minLength, received.maxLength],
    ),
  ];
}

function compareListed(
  values: readonly string[],
  sent: StringShape,
  received: StringShape,
): readonly Facet[] {
  const lists = [values.join(', '), received.values?.join(', ')] as const;
  if (!values.every((value) => accepts(received, value))) {
    return facet('the list of values', lists, false);
  }
  const isSame = received.values?.length === values.length && sent.format === received.format;
  return isSame ? [] : facet('the list of values', lists, true);
}

/** Whether a string is one of a shape. A format is taken to refuse: only the binding knows it. */
function accepts(shape: StringShape, value: string): boolean {
  const length = [...value].length;
  return (
    shape.format === undefined &&
    (shape.values === undefined || shape.values.includes(value)) &&
    length >= (shape.minLength ?? 0) &&
    length <= (shape.maxLength ?? Infinity) &&
    (shape.pattern === undefined || new RegExp(shape.pattern, 'u').test(value))
  );
}

/** How the limits of two integers differ. */
export function compareIntegers(sent: IntegerShape, received: IntegerShape): readonly Facet[] {
  const divides =
    received.multipleOf === undefined ||
    (sent.multipleOf !== undefined && Number.isInteger(sent.multipleOf / received.multipleOf));
  return [
    ...facet(
      'the minimum',
      [sent.minimum, received.minimum],
      least(sent.minimum, received.minimum),
    ),
    ...facet('the maximum', [sent.maximum, received.maximum], most(sent.maximum, received.maximum)),
    ...facet('the divisor', [sent.multipleOf, received.multipleOf], divides),
  ];
}

/** How the limits of two numbers differ. An integer is sent where a number is received, too. */
export function compareNumbers(
  sent: NumberShape | IntegerShape,
  received: NumberShape,
): readonly Facet[] {
  const from = boundsOf(sent);
  const to = boundsOf(received);
  return [
    ...facet('the minimum', [showBound(from.least), showBound(to.least)], fitsLeast(from, to)),
    ...facet('the maximum', [showBound(from.most), showBound(to.most)], fitsMost(from, to)),
  ];
}

interface Bound {
  readonly at: number;
  readonly exclusive: boolean;
}

interface Bounds {
  readonly least: Bound | undefined;
  readonly most: Bound | undefined;
}

function boundsOf(shape: NumberShape | IntegerShape): Bounds {
  const above = 'exclusiveMinimum' in shape ? shape.exclusiveMinimum : undefined;
  const below = 'exclusiveMaximum' in shape ? shape.exclusiveMaximum : undefined;
  return {
    least: tighter(shape.minimum, above, (a, b) => a > b),
    most: tighter(shape.maximum, below, (a, b) => a < b),
  };
}

function tighter(
  inclusive: number | undefined,
  exclusive: number | undefined,
  isTighter: (inclusive: number, exclusive: number) => boolean,
): Bound | undefined {
  if (exclusive === undefined) {
    return inclusive === undefined ? undefined : { at: inclusive, exclusive: false };
  }
  return inclusive !== undefined && isTighter(inclusive, exclusive)
    ? { at: inclusive, exclusive: false }
    : { at: exclusive, exclusive: true };
}

const showBound = (bound: Bound | undefined) =>
  bound === undefined ? undefined : `${bound.at}${bound.exclusive ? ' (exclusive)' : ''}`;

function fitsLeast({ least: sent }: Bounds, { least: received }: Bounds): boolean {
  if (received === undefined) return true;
  if (sent === undefined) return false;
  return (
    sent.at > received.at || (sent.at === received.at && (!received.exclusive || sent.exclusive))
  );
}

function fitsMost({ most: sent }: Bounds, { most: received }: Bounds): boolean {
  if (received === undefined) return true;
  if (sent === undefined) return false;
  return (
    sent.at < received.at || (sent.at === received.at && (!received.exclusive || sent.exclusive))
  );
}
