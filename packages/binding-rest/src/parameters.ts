import type { Api, ArrayShape, Shape } from '@portico/contract';

/** The named types that shapes refer to. */
export type Types = Api['types'];

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

/** The list that a field of this shape holds, written as a repeated parameter; else `undefined`. */
export function listShape(shape: Shape, types: Types): ArrayShape | undefined {
  const found = resolveShape(shape, types);
  return found.kind === 'array' ? found : undefined;
}

/**
 * The reader for one parameter; for a list, of each of its texts. Definitions allow nothing but
 * single values and lists of them outside a body.
 */
export function createTextReader(shape: Shape, types: Types): TextReader {
  const { kind } = resolveShape(listShape(shape, types)?.items ?? shape, types);
  switch (kind) {
    case 'string':
      return { read: readString, expected: 'Must be a string.' };
    case 'integer':
      return { read: readInteger, expected: 'Must be a whole number between ±(2^53 − 1).' };
    case 'number':
      return { read: readNumber, expected: 'Must be a number.' };
    case 'boolean':
      return { read: readBoolean, expected: 'Must be true or false.' };
    default:
      throw new Error(`A parameter can't hold a value of the kind "${kind}".`);
  }
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
