import type { Field, Shape, UnionShape } from '@portico/contract';
import { complexType, documentation } from './problem.ts';
import type { SoapApi } from './soap-api.ts';
import type { XmlElement } from './xml-writer.ts';
import { resolveShape, toXmlName } from './xsd-names.ts';
import { toXsdPattern } from './xsd-pattern.ts';
import { isScalar, type ScalarShape, toBuiltIn } from './xsd-types.ts';

/**
 * Bounds of arrays above this are written `unbounded`: importers expand a content model once per
 * occurrence, and Java's stops at 5,000 in a whole schema. The validator checks the true bound.
 */
const OCCURRENCES_MAX = 10;

/** The schema of an API's own namespace: global elements of messages and faults, then all types. */
export function toSchema(api: SoapApi): XmlElement {
  const elements = api.operations.flatMap(({ element, operation }) => [
    wrapper(element, operation.input.shape.fields, api),
    wrapper(`${element}Response`, operation.output?.shape.fields ?? [], api),
  ]);
  const errors = api.errors.map(({ element, error }): XmlElement => {
    const shape = error.data?.shape ?? { kind: 'object', fields: [] };
    if (shape.kind === 'object') return wrapper(element, shape.fields, api, error.summary);
    return member({ name: element, shape, required: true, description: error.summary }, api);
  });
  const types = [...api.typeNames].flatMap(([structure, name]) =>
    // Branches are written with the union they belong to.
    'kind' in structure ? namedTypes(structure, name, api) : [],
  );
  return {
    name: 'xsd:schema',
    attributes: { targetNamespace: api.namespace, elementFormDefault: 'qualified' },
    content: [...elements, ...errors, ...types],
  };
}

function wrapper(
  name: string,
  fields: readonly Field[],
  api: SoapApi,
  summary?: string,
): XmlElement {
  return {
    name: 'xsd:element',
    attributes: { name },
    content: [documentation(summary), complexType(undefined, members(fields, api))],
  };
}

function members(fields: readonly Field[], api: SoapApi): readonly XmlElement[] {
  return fields.map((field) => member(field, api, field.required ? {} : { minOccurs: 0 }));
}

type Occurrence = Readonly<Record<'minOccurs' | 'maxOccurs', number | string>>;

function member(
  { name, shape: declared, description }: Field,
  api: SoapApi,
  occurs: Partial<Occurrence> = {},
): XmlElement {
  const { shape, nullable } = resolveShape(declared, api.types);
  const named = api.typeNames.get(shape);
  const facets = named === undefined && isScalar(shape) ? restriction(shape) : undefined;
  const builtIn = isScalar(shape) ? `xsd:${toBuiltIn(shape)}` : undefined;
  const type = named === undefined ? builtIn : `tns:${named}`;
  return {
    name: 'xsd:element',
    attributes: {
      name: toXmlName(name),
      type: facets === undefined ? type : undefined,
      ...occurs,
      nillable: nullable && shape.kind !== 'any' ? 'true' : undefined,
    },
    content: [
      documentation(description ?? (shape.kind === 'any' ? 'JSON as text.' : undefined)),
      facets && { name: 'xsd:simpleType', content: [facets] },
    ],
  };
}

function namedTypes(structure: Shape, name: string, api: SoapApi): readonly XmlElement[] {
  const { shape } = resolveShape(structure, api.types);
  if (isScalar(shape)) {
    const base = { name: 'xsd:restriction', attributes: { base: `xsd:${toBuiltIn(shape)}` } };
    const content = [restriction(shape) ?? base];
    return [{ name: 'xsd:simpleType', attributes: { name }, content }];
  }
  if (shape.kind === 'object') return [complexType(name, members(shape.fields, api))];
  if (shape.kind === 'map') return [mapType(name, shape.values, api)];
  if (shape.kind === 'union') return unionTypes(shape, name, api);
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
  const occurs = {
    minOccurs: minItems > OCCURRENCES_MAX ? 1 : minItems,
    maxOccurs: maxItems > OCCURRENCES_MAX ? 'unbounded' : maxItems,
  };
  return [complexType(name, [member(required('item', shape.items), api, occurs)])];
}

/** The choice, and a type per branch without the tag, which the branch's element says already. */
function unionTypes(
  { tag, branches }: UnionShape,
  name: string,
  api: SoapApi,
): readonly XmlElement[] {
  const choice = branches.map((branch): XmlElement => {
    const type = `tns:${api.typeNames.get(branch)}`;
    return { name: 'xsd:element', attributes: { name: toXmlName(branch.value), type } };
  });
  const types = branches.map((branch) => {
    const fields = branch.shape.fields.filter((field) => field.name !== tag);
    return complexType(api.typeNames.get(branch), members(fields, api));
  });
  const content = [{ name: 'xsd:choice', content: choice }];
  return [{ name: 'xsd:complexType', attributes: { name }, content }, ...types];
}

function mapType(name: string, values: Shape, api: SoapApi): XmlElement {
  const parts = [required('key', { kind: 'string' }), required('value', values)];
  const entry: XmlElement = {
    name: 'xsd:element',
    attributes: { name: 'entry', minOccurs: 0, maxOccurs: 'unbounded' },
    content: [complexType(undefined, members(parts, api))],
  };
  return complexType(name, [entry]);
}

function required(name: string, shape: Shape): Field {
  return { name, shape, required: true };
}

/** The facets of a scalar (XSD part 2 §4.3), if XML Schema can say any of them. */
function restriction(shape: ScalarShape): XmlElement | undefined {
  const facets = toFacets(shape);
  if (facets.length === 0) return undefined;
  const content = facets.map(([facet, value]) => ({ name: `xsd:${facet}`, attributes: { value } }));
  return { name: 'xsd:restriction', attributes: { base: `xsd:${toBuiltIn(shape)}` }, content };
}

type Facet = readonly [name: string, value: string | number];

function toFacets(shape: ScalarShape): readonly Facet[] {
  if (shape.kind === 'integer') {
    const { width, minimum, maximum } = shape;
    // What xsd:int says itself needs no facet.
    const isInt = width === 'int32';
    return present([
      ['minInclusive', isInt && minimum === -(2 ** 31) ? undefined : minimum],
      ['maxInclusive', isInt && maximum === 2 ** 31 - 1 ? undefined : maximum],
    ]);
  }
  if (shape.kind === 'number') {
    return present([
      ['minInclusive', shape.exclusiveMinimum === undefined ? shape.minimum : undefined],
      ['minExclusive', shape.exclusiveMinimum],
      ['maxInclusive', shape.exclusiveMaximum === undefined ? shape.maximum : undefined],
      ['maxExclusive', shape.exclusiveMaximum],
    ]);
  }
  if (shape.kind !== 'string') return [];
  if (shape.values !== undefined) return shape.values.map((value) => ['enumeration', value]);
  // Lengths and patterns count the characters of JSON, which base64, decimals and times are not.
  if (!['string', 'anyURI'].includes(toBuiltIn(shape))) return [];
  return present([
    ['minLength', shape.minLength],
    ['maxLength', shape.maxLength],
    ['pattern', shape.pattern === undefined ? undefined : toXsdPattern(shape.pattern)],
  ]);
}

function present(facets: readonly (readonly [string, string | number | undefined])[]) {
  return facets.filter((facet): facet is Facet => facet[1] !== undefined);
}
