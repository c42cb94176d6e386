import type { Shape } from '@portico/contract';
import {
  BASE64,
  BOOLEAN,
  COLLAPSED,
  DATE,
  DECIMAL,
  DOUBLE,
  dateTimeLexical,
  integerLexical,
  JSON_TEXT,
  type Lexical,
  STRING,
} from './lexical.ts';

/** Shapes that are text in an element. */
export type ScalarShape = Extract<
  Shape,
  { kind: 'string' | 'integer' | 'number' | 'boolean' | 'any' }
>;

/** The built-in type of XML Schema that carries a scalar. */
export function toBuiltIn(shape: ScalarShape): string {
  if (shape.kind === 'boolean') return 'boolean';
  if (shape.kind === 'number') return 'double';
  if (shape.kind === 'integer') return INTEGERS[shape.width];
  if (shape.kind === 'any' || shape.format === undefined) return 'string';
  return STRINGS[shape.format] ?? 'string';
}

const INTEGERS = { int32: 'int', int64: 'long', unbounded: 'integer' } as const;

const STRINGS: Readonly<Record<string, string>> = {
  'date-time': 'dateTime',
  date: 'date',
  time: 'time',
  duration: 'duration',
  decimal: 'decimal',
  binary: 'base64Binary',
  uri: 'anyURI',
};

/** How the text of a scalar is read. */
export function toLexical(shape: ScalarShape): Lexical {
  if (shape.kind === 'boolean') return BOOLEAN;
  if (shape.kind === 'number') return DOUBLE;
  if (shape.kind === 'integer') return integerLexical(shape.width);
  if (shape.kind === 'any') return JSON_TEXT;
  if (shape.format === 'date-time') return dateTimeLexical(shape);
  return LEXICALS[toBuiltIn(shape)] ?? STRING;
}

const LEXICALS: Readonly<Record<string, Lexical>> = {
  date: DATE,
  decimal: DECIMAL,
  base64Binary: BASE64,
  time: COLLAPSED,
  duration: COLLAPSED,
  anyURI: COLLAPSED,
};

/**
 * Built-in types that may stand in `xsi:type` where the schema says `declared`: the type itself and
 * what derives from it (XSD part 1 §3.3.4), as PHP and .NET send it.
 */
export function toAcceptedBuiltIns(declared: string): readonly string[] {
  return [declared, ...(DERIVED[declared] ?? [])];
}

const INT = ['short', 'byte', 'unsignedShort', 'unsignedByte'];
const LONG = ['int', 'unsignedInt', ...INT];
const INTEGER = ['long', 'nonNegativeInteger', 'positiveInteger', 'unsignedLong', ...LONG];

const DERIVED: Readonly<Record<string, readonly string[]>> = {
  int: INT,
  long: LONG,
  integer: INTEGER,
  decimal: ['integer', ...INTEGER],
  string: ['normalizedString', 'token'],
};

/** Whether a shape is text in an element. */
export function isScalar(shape: Shape): shape is ScalarShape {
  return SCALARS.has(shape.kind);
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean', 'any']);
