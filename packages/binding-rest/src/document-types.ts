import { type Api, INPUT_BOUNDS, type JsonSchema } from '@portico/contract';
import type { PublishedApi } from '@portico/service/spi';

/** Any part of an OpenAPI document. */
export type DocumentPart = Record<string, unknown>;

/** The named types of a document: `components/schemas`, filled as schemas refer to them. */
export interface DocumentTypes {
  /** A schema of an API in the document's words; what it refers to becomes a component. */
  toSchema(api: Api, schema: JsonSchema): JsonSchema;
  /** What has been referred to, by its name in the document, in alphabetical order. */
  components(): Record<string, JsonSchema>;
}

const REFERENCE = '#/$defs/';
/** Keywords whose values are data, not schemas: nothing in them is a reference. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);

/**
 * Collects the types of several APIs in one document. A name is kept as it is, shared by APIs that
 * mean the same by it, and gets its API's name before it only where two APIs mean different things.
 *
 * @param taken Names of components that the document itself defines.
 */
export function createDocumentTypes(
  apis: readonly PublishedApi[],
  taken: ReadonlySet<string>,
): DocumentTypes {
  const { ambiguous, loose } = compareNames(apis, taken);
  const components = new Map<string, JsonSchema>();

  const nameOf = (api: Api, name: string) =>
    ambiguous.has(name) ? toPrefix(api, apis) + name : name;
  const refer = (api: Api, name: string): string => {
    const component = nameOf(api, name);
    if (!components.has(component)) {
      const own = api.types[name]?.schema ?? {};
      const schema = loose.has(name) && !ambiguous.has(name) ? loosen(own) : own;
      components.set(component, schema);
      components.set(component, convert(api, schema));
    }
    return `#/components/schemas/${component}`;
  };
  const convert = (api: Api, schema: JsonSchema): JsonSchema =>
    convertSchema(schema, (name) => refer(api, name));

  return {
    toSchema: convert,
    components: () => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Follows a reference into the types of the API; other schemas are given back as they are. */
export function resolveSchema(api: Api, schema: JsonSchema): JsonSchema {
  const name = referencedName(schema);
  const target = name === undefined ? undefined : api.types[name]?.schema;
  return target ? resolveSchema(api, target) : schema;
}

function referencedName(schema: JsonSchema): string | undefined {
  const { $ref } = schema;
  return typeof $ref === 'string' && $ref.startsWith(REFERENCE)
    ? $ref.slice(REFERENCE.length)
    : undefined;
}

/** A copy with references into `components`, without our marks, which mean nothing to others. */
function convertSchema(schema: JsonSchema, refer: (name: string) => string): JsonSchema {
  const copy: DocumentPart = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith('x-portico-')) continue;
    copy[keyword] = DATA_KEYWORDS.has(keyword) ? value : convertValue(value, refer);
  }
  const name = referencedName(schema);
  if (name !== undefined) copy.$ref = refer(name);
  return copy;
}

function convertValue(value: unknown, refer: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => convertValue(item, refer));
  if (typeof value !== 'object' || value === null) return value;
  return convertSchema(value as JsonSchema, refer);
}

interface NameUse {
  /** Names by which two APIs mean different things, by themselves or by what they refer to. */
  readonly ambiguous: ReadonlySet<string>;
  /** Names of types that one API takes as input, so closed and bounded, and another only gives. */
  readonly loose: ReadonlySet<string>;
}

function compareNames(apis: readonly PublishedApi[], taken: ReadonlySet<string>): NameUse {
  const uses = new Map<string, JsonSchema[]>();
  for (const { api } of apis) {
    for (const [name, { schema }] of Object.entries(api.types)) {
      uses.set(name, [...(uses.get(name) ?? []), schema]);
    }
  }
  const ambiguous = new Set(taken);
  const loose = new Set<string>();
  for (const [name, schemas] of uses) {
    if (countForms(schemas) === 1) continue;
    if (countForms(schemas.map(loosen)) === 1) loose.add(name);
    else ambiguous.add(name);
  }
  // The same words about an ambiguous type mean different things too.
  for (let before = -1; before !== ambiguous.size; ) {
    before = ambiguous.size;
    for (const [name, schemas] of uses) {
      const isShared = schemas.length > 1;
      if (isShared && schemas.some((one) => !namesIn(one).isDisjointFrom(ambiguous))) {
        ambiguous.add(name);
      }
    }
  }
  return { ambiguous, loose };
}

function countForms(schemas: readonly JsonSchema[]): number {
  return new Set(schemas.map((schema) => JSON.stringify(schema))).size;
}

/** Without what a definition adds to the types of inputs: to be closed, and to have bounds. */
function loosen(schema: JsonSchema): JsonSchema {
  const { stringLengthMax, arrayItemsMax, mapPropertiesMax } = INPUT_BOUNDS;
  const copy: DocumentPart = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const isAdded =
      (keyword === 'additionalProperties' && value === false) ||
      (keyword === 'maxLength' && (value === stringLengthMax || schema.format !== undefined)) ||
      (keyword === 'maxItems' && value === arrayItemsMax) ||
      (keyword === 'maxProperties' && value === mapPropertiesMax) ||
      keyword === 'propertyNames';
    if (!isAdded) copy[keyword] = DATA_KEYWORDS.has(keyword) ? value : loosenValue(value);
  }
  return copy;
}

function loosenValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosenValue);
  if (typeof value !== 'object' || value === null) return value;
  return loosen(value as JsonSchema);
}

function namesIn(schema: JsonSchema): ReadonlySet<string> {
  const names = new Set<string>();
  convertSchema(schema, (name) => {
    names.add(name);
    return name;
  });
  return names;
}

/** `Inventory` for the API `inventory`, `InventoryV2` where another major is published beside it. */
export function toPrefix(api: Api, apis: readonly PublishedApi[]): string {
  const words = api.name.split(/[^A-Za-z0-9]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return hasOtherMajor(api, apis) ? `${name}V${api.major}` : name;
}

/** Whether another major version of the API is published beside it. */
export function hasOtherMajor(api: Api, apis: readonly PublishedApi[]): boolean {
  return apis.some((other) => other.api.name === api.name && other.api.major !== api.major);
}
