import { DECIMAL_PATTERN, isImpliedPattern, isStringFormat } from './formats.ts';
import { allowOnly, type Reading, refuse } from './normal-keywords.ts';
import type { JsonSchema } from './shape.ts';

const STRING = ['type', 'format', 'contentEncoding', 'minLength', 'maxLength', 'pattern'];

/** A string in the form that every binding can carry. */
export function normalizeString(
  constraints: JsonSchema,
  place: string,
  reading: Reading,
): JsonSchema {
  const { allOf, contentMediaType: _dropped, ...keywords } = constraints;
  if (allOf !== undefined) {
    reading.report(place, 'a string has at most one pattern; write one regular expression.');
  }
  allowOnly(keywords, STRING, { place, what: 'a string', reading });
  const { format, contentEncoding, pattern, ...rest } = keywords;
  if (contentEncoding === 'base64') {
    const implied = pattern === undefined || isImpliedPattern('binary', pattern);
    return { ...rest, contentEncoding, ...(implied ? {} : { pattern }) };
  }
  if (format === 'decimal') {
    // No other tool knows this format, so the pattern stays, for them.
    return { ...rest, format, ...checkedPattern(pattern ?? DECIMAL_PATTERN, place, reading) };
  }
  if (isStringFormat(format)) {
    const implied = pattern === undefined || isImpliedPattern(format, pattern);
    return { ...rest, format, ...(implied ? {} : checkedPattern(pattern, place, reading)) };
  }
  if (format !== undefined && pattern === undefined && allOf === undefined) {
    return refuse(
      place,
      `the format "${String(format)}" has no form in XML Schema; give a pattern instead.`,
      reading,
    );
  }
  return { ...rest, ...(pattern === undefined ? {} : checkedPattern(pattern, place, reading)) };
}

function checkedPattern(pattern: unknown, place: string, reading: Reading): JsonSchema {
  try {
    // JSON Schema asks for ECMA-262 with Unicode (2020-12 §6.4), and so do validators.
    new RegExp(String(pattern), 'u');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    reading.report(place, `the pattern is not valid with the flag "u": ${reason}.`);
  }
  return { pattern };
}

const NUMBER = ['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];

/** A number. Divisors are refused: a multiple of 0.01 is not a thing a double can be. */
export function normalizeNumber(
  constraints: JsonSchema,
  place: string,
  reading: Reading,
): JsonSchema {
  if (constraints.multipleOf !== undefined) {
    return refuse(
      place,
      'multiples of a fraction need exact arithmetic; use a string with the mark decimal().',
      reading,
    );
  }
  allowOnly(constraints, NUMBER, { place, what: 'a number', reading });
  return constraints;
}

const INTEGER = [...NUMBER, 'multipleOf'];

/** A whole number. Exclusive bounds become inclusive ones. */
export function normalizeInteger(
  constraints: JsonSchema,
  place: string,
  reading: Reading,
): JsonSchema {
  const { allOf, ...keywords } = constraints;
  if (allOf !== undefined) reading.report(place, 'an integer has at most one divisor.');
  allowOnly(keywords, INTEGER, { place, what: 'an integer', reading });
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...rest } = keywords;
  const least = largest(ceil(minimum), above(exclusiveMinimum));
  const most = smallest(floor(maximum), below(exclusiveMaximum));
  return {
    ...rest,
    ...(least === undefined ? {} : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
  };
}

const ceil = (bound: unknown) => (typeof bound === 'number' ? Math.ceil(bound) : undefined);
const floor = (bound: unknown) => (typeof bound === 'number' ? Math.floor(bound) : undefined);
const above = (bound: unknown) => (typeof bound === 'number' ? Math.floor(bound) + 1 : undefined);
const below = (bound: unknown) => (typeof bound === 'number' ? Math.ceil(bound) - 1 : undefined);

function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

function smallest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** A constant or a list of values: strings only, because that is what `xsd:enumeration` can restrict portably. */
export function normalizeValues(
  constraints: JsonSchema,
  place: string,
  reading: Reading,
): { readonly schema: JsonSchema; readonly nullable: boolean } {
  allowOnly(constraints, ['type', 'const', 'enum'], { place, what: 'an enumeration', reading });
  const listed = constraints.const === undefined ? constraints.enum : [constraints.const];
  const values: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const named = values.filter((value) => value !== null);
  const nullable = named.length < values.length;
  if (named.length === 0 || !named.every((value) => typeof value === 'string')) {
    const schema = refuse(
      place,
      'only strings can be listed as values; use an enum of strings, or a range of integers.',
      reading,
    );
    return { schema, nullable };
  }
  const single = named.length === 1 && constraints.enum === undefined;
  const distinct = [...new Set(named)];
  return {
    schema: { type: 'string', ...(single ? { const: named[0] } : { enum: distinct }) },
    nullable,
  };
}
