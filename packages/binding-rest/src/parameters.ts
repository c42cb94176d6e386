import type { Api, Shape } from '@portico/contract';
import { parseJsonText } from './guard.ts';

/** The named types that shapes refer to. */
export type Types = Api['types'];

/**
 * How a field is written outside a body: as plain text, as a repeated parameter (OpenAPI's `form`,
 * exploded), or, for what neither can say, as JSON text (OpenAPI's `content`).
 */
export type ParameterStyle = 'text' | 'repeated' | 'json';

/** Turns the text of a parameter into a value, and nothing but a value of its type. */
export interface TextReader {
  /** `undefined` when the text is not one. */
  read(text: string): unknown;
  /** What the text has to be, as a sentence for the client. */
  readonly expected: string;
}

/** The shape behind references, which name a type of the API. */
export function resolveShape(shape: Shape, types: Types): Exclude<Shape, { kind: 'reference' }> {
  let found = shape;
  while (found.kind === 'reference') {
    const type: { readonly shape: Shape } | undefined = types[found.name];
    if (!type) throw new Error(`The type "${found.name}" is not among the API's types.`);
    found = type.shape;
  }
  return found;
}

/** How a field of this shape is written in a path, query or header. */
export function toParameterStyle(shape: Shape, types: Types): ParameterStyle {
  const found = resolveShape(shape, types);
  if (isText(found)) return 'text';
  return found.kind === 'array' && isText(resolveShape(found.items, types)) ? 'repeated' : 'json';
}

/** The reader for one parameter; of a repeated one, for each of its texts. */
export function createTextReader(shape: Shape, types: Types): TextReader {
  const found = resolveShape(shape, types);
  const item =
    toParameterStyle(shape, types) === 'repeated' && found.kind === 'array'
      ? resolveShape(found.items, types)
      : found;
  switch (item.kind) {
    case 'string':
      return { read: readString, expected: 'Must be a string.' };
    case 'integer':
      return { read: readInteger, expected: 'Must be a whole number between ±(2^53 − 1).' };
    case 'number':
      return { read: readNumber, expected: 'Must be a number.' };
    case 'boolean':
      return { read: readBoolean, expected: 'Must be true or false.' };
    default:
      return { read: readJson, expected: 'Must be JSON.' };
  }
}

function isText(shape: Shape): boolean {
  return ['string', 'integer', 'number', 'boolean'].includes(shape.kind);
}

// As JSON writes numbers (RFC 8259 §6): no plus sign, no leading zero, no hexadecimal, no space.
const INTEGER = /^(?:0|-?[1-9]\d{0,15})$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

function readString(text: string): string {
  return text;
}

function readInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function readNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
}

function readBoolean(text: string): boolean | undefined {
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

function readJson(text: string): unknown {
  try {
    return parseJsonText(text).value;
  } catch {
    return undefined;
  }
}
