import type { IntegerShape, StringShape } from '@portico/contract';
import { JSON_DEPTH_MAX, JSON_MEMBERS_MAX } from './limits.ts';

/** Text of an element to a JSON value, or `undefined` when the text is none of the type's. */
export type ParseText = (text: string) => unknown;

/** How one XSD type is read: the parser, and what it expects for the sentence in a violation. */
export interface Lexical {
  readonly parse: ParseText;
  readonly expects: string;
}

/** `whiteSpace="collapse"` (XSD part 2 §4.3.6) for types that have no inner white space. */
export function collapse(text: string): string {
  let start = 0;
  let end = text.length;
  // Loops, because an expression for trailing white space takes quadratic time on inner white space.
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `xsd:boolean` (§3.2.2). */
export const BOOLEAN: Lexical = {
  expects: 'true, false, 1 or 0',
  parse(text) {
    const value = collapse(text);
    if (value === 'true' || value === '1') return true;
    return value === 'false' || value === '0' ? false : undefined;
  },
};

/** `xsd:double` (§3.2.5) without `INF` and `NaN`, which JSON doesn't have. */
export const DOUBLE: Lexical = {
  expects: 'a finite number',
  parse(text) {
    const value = collapse(text);
    if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/.test(value)) return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  },
};

const WIDTHS = {
  int32: { minimum: -(2 ** 31), maximum: 2 ** 31 - 1, expects: 'a whole number of 32 bits' },
  int64: {
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    expects: 'a whole number within ±9007199254740991, which JSON carries exactly',
  },
} as const;

/** `xsd:int`, `xsd:long`, `xsd:integer` (§3.3.13, 3.3.16, 3.3.17). */
export function integerLexical(width: IntegerShape['width']): Lexical {
  const { minimum, maximum, expects } = WIDTHS[width === 'unbounded' ? 'int64' : width];
  return {
    expects,
    parse(text) {
      const value = collapse(text);
      if (!/^[+-]?\d+$/.test(value)) return undefined;
      const number = Number(value);
      // Adding zero turns -0 into 0: integers have one zero.
      return number >= minimum && number <= maximum ? number + 0 : undefined;
    },
  };
}

/** `xsd:decimal` (§3.2.3) as text, never through a double; written as JSON would: `+.5` → `0.5`. */
export const DECIMAL: Lexical = {
  expects: 'a decimal number such as 12.50',
  parse(text) {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(collapse(text));
    if (match === null || !/\d/.test(text)) return undefined;
    const [, sign, whole = '', fraction] = match;
    const digits = whole.replace(/^0+/, '') || '0';
    return `${sign === '-' ? '-' : ''}${digits}${fraction ? `.${fraction}` : ''}`;
  },
};

/**
 * `xsd:dateTime` (§3.2.7) with its zone, as RFC 3339 has it. A pattern of the contract that wants
 * UTC gets the same instant in UTC.
 */
export function dateTimeLexical(shape: StringShape): Lexical {
  const pattern = shape.pattern === undefined ? undefined : toRegExp(shape.pattern);
  return {
    expects: 'a date and time with its zone, such as 2026-01-31T12:00:00Z',
    parse(text) {
      const value = collapse(text);
      const match = DATE_TIME.exec(value);
      if (match === null) return undefined;
      return pattern === undefined || pattern.test(value) ? value : toUtc(value, match[1]);
    },
  };
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function toUtc(value: string, fraction = ''): string {
  const instant = Date.parse(value.replace(fraction, ''));
  if (Number.isNaN(instant)) return value;
  const utc = new Date(instant).toISOString();
  // A year beyond four digits is for the validator to refuse.
  return utc.length === 24 ? `${utc.slice(0, 19)}${fraction}Z` : value;
}

function toRegExp(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

/** `xsd:date` (§3.2.9). The zone that Java and .NET may append is dropped: the calendar day is meant. */
export const DATE: Lexical = {
  expects: 'a date such as 2026-01-31',
  parse(text) {
    return /^(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?$/.exec(collapse(text))?.[1];
  },
};

/** `xsd:base64Binary` (§3.2.16): white space allowed inside, given on in canonical form (RFC 4648 §4). */
export const BASE64: Lexical = {
  expects: 'base64 (RFC 4648 section 4)',
  parse(text) {
    const value = /[\t\n\r ]/.test(text) ? text.replace(/[\t\n\r ]+/g, '') : text;
    if (value.length % 4 !== 0 || !/^[\d+/A-Za-z]*={0,2}$/.test(value)) return undefined;
    // Unused bits of the last character are zero in canonical form.
    return value.endsWith('=') ? canonicalTail(value) : value;
  },
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function canonicalTail(value: string): string {
  const padding = value.endsWith('==') ? 2 : 1;
  const last = value.length - padding - 1;
  const kept = ALPHABET.indexOf(value.charAt(last)) & (padding === 2 ? 0b110000 : 0b111100);
  return value.slice(0, last) + ALPHABET.charAt(kept) + '='.repeat(padding);
}

/** A string that holds JSON (RFC 8259), for what has no type; bounded as a JSON body is. */
export const JSON_TEXT: Lexical = {
  expects: `JSON as text, nested at most ${JSON_DEPTH_MAX} deep`,
  parse(text) {
    if (!isBoundedJson(text)) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  },
};

/** One pass over the characters; brackets and commas in strings don't count. */
function isBoundedJson(text: string): boolean {
  let depth = 0;
  let members = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) quoted = !quoted;
    else if (quoted) index += character === BACKSLASH ? 1 : 0;
    else if (character === COMMA) members += 1;
    else if (character === CLOSE_ARRAY || character === CLOSE_OBJECT) depth -= 1;
    else if (character === OPEN_ARRAY || character === OPEN_OBJECT) {
      depth += 1;
      members += 1;
    }
    if (depth > JSON_DEPTH_MAX || members > JSON_MEMBERS_MAX) return false;
  }
  return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Text as it stands: `xsd:string` keeps its white space. */
export const STRING: Lexical = { expects: 'text', parse: (text) => text };

/** Types of text whose white space collapses: `xsd:anyURI`, `xsd:time`, `xsd:duration`. */
export const COLLAPSED: Lexical = { expects: 'text', parse: collapse };
