/**
 * The structure of a value, as every binding needs it: JSON Schema 2020-12 read once into a closed
 * set of kinds that REST, SOAP and the copier can all express. What does not fit is refused when
 * the API is defined (see `define.ts`).
 */
export type Shape =
  | StringShape
  | IntegerShape
  | NumberShape
  | BooleanShape
  | ObjectShape
  | ArrayShape
  | MapShape
  | UnionShape
  | AnyShape
  | ReferenceShape;

interface Nullable {
  /** `null` is a value of its own here, apart from "absent". */
  readonly nullable?: boolean;
}

/** Formats with a meaning of their own in JSON Schema, OpenAPI and XSD. `decimal` never passes through a double. */
export type StringFormat =
  | 'date-time'
  | 'date'
  | 'time'
  | 'duration'
  | 'decimal'
  | 'binary'
  | 'uuid'
  | 'email'
  | 'uri';

/** Text: free, of a format, or one of a list. */
export interface StringShape extends Nullable {
  readonly kind: 'string';
  readonly format?: StringFormat;
  /** Code points, as JSON Schema counts them. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly values?: readonly string[];
}

/** Whole numbers. `width` says which XSD type carries it: `xsd:int`, `xsd:long` or `xsd:integer`. */
export interface IntegerShape extends Nullable {
  readonly kind: 'integer';
  readonly width: 'int32' | 'int64' | 'unbounded';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

/** A number that a double holds (IEEE 754). */
export interface NumberShape extends Nullable {
  readonly kind: 'number';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** True or false. */
export interface BooleanShape extends Nullable {
  readonly kind: 'boolean';
}

/** One named member of an object. */
export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  readonly description?: string;
  /** Never logged, masked in the audit. */
  readonly sensitive?: boolean;
  /** Absent from outputs and refused in inputs of callers without these permissions. */
  readonly access?: readonly string[];
  /** Taken from `If-Match` in an input, given as `ETag` in an output. */
  readonly version?: boolean;
  /** The prefix of a random identifier (`ord` for `ord_…`): operations that take one declare an `owner`. */
  readonly id?: string;
}

/** An object with named fields, in the order in which XML writes them. */
export interface ObjectShape extends Nullable {
  readonly kind: 'object';
  readonly fields: readonly Field[];
}

/** A list of one type of item. */
export interface ArrayShape extends Nullable {
  readonly kind: 'array';
  readonly items: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

/** An object with free keys and one type of value. */
export interface MapShape extends Nullable {
  readonly kind: 'map';
  readonly values: Shape;
  /** What keys may be, where that is less than any text. */
  readonly keys?: StringShape;
  readonly maxProperties?: number;
}

/** A tagged union: objects told apart by the constant in the field `tag`. */
export interface UnionShape extends Nullable {
  readonly kind: 'union';
  readonly tag: string;
  /** `shape` includes the tag's own field; `name` when the branch is a named type. */
  readonly branches: readonly {
    readonly value: string;
    readonly name?: string;
    readonly shape: ObjectShape;
  }[];
}

/** Any JSON value. SOAP carries it as a string of JSON. */
export interface AnyShape extends Nullable {
  readonly kind: 'any';
}

/** A named type of the API (`api.types`); the only way a structure may contain itself. */
export interface ReferenceShape extends Nullable {
  readonly kind: 'reference';
  readonly name: string;
}

/** JSON Schema 2020-12 as plain data. References are `#/$defs/<Name>`, resolved in `api.types`. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A schema in both forms: as JSON Schema (documents, validators) and as structure (codecs). */
export interface Type {
  readonly schema: JsonSchema;
  readonly shape: Shape;
}

/** A {@link Type} that is an object: the input or output of an operation. */
export interface ObjectType {
  readonly schema: JsonSchema;
  readonly shape: ObjectShape;
}
