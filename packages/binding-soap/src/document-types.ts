import type { Field, Shape } from '@portico/contract';
import { complexType, documentation } from './problem.ts';
import type { NamedStructure, SoapApi } from './soap-api.ts';
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
  const types = [...api.typeNames].map(([structure, name]) => namedType(structure, name, api));
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

function namedType(structure: NamedStructure, name: string, api: SoapApi): XmlElement {
  if (!('kind' in structure)) {
    // A branch: its element's name says the tag's value.
    const tag = tagOf(structure, api);
    const fields = structure.shape.fields.filter((field) => field.name !== tag);
    return complexType(name, members(fields, api));
  }
  const { shape } = resolveShape(structure, api.types);
  if (isScalar(shape)) {
    const base = { name: 'xsd:restriction', attributes: { base: `xsd:${toBuiltIn(shape)}` } };
    return { name: 'xsd:simpleType', attributes: { name }, content: [restriction(shape) ?? base] };
  }
  if (shape.kind === 'object') return complexType(name, members(shape.fields, api));
  if (shape.kind === 'array') {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
    const occurs = {
      minOccurs: minItems > OCCURRENCES_MAX ? 1 : minItems,
      maxOccurs: maxItems > OCCURRENCES_MAX ? 'unbounded' : maxItems,
    };
    return complexType(name, [member(required('item', shape.items), api, occurs)]);
  }
  if (shape.kind === 'map') return mapType(name, shape.values, api);
  const branches = shape.branches.map((branch): XmlElement => {
    const type = `tns:${api.typeNames.get(branch)}`;
    return { name: 'xsd:element', attributes: { name: toXmlName(branch.value), type } };
  });
  const choice = { name: 'xsd:choice', content: branches };
  return { name: 'xsd:complexType', attributes: { name }, content: [choice] };
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

function tagOf(branch: NamedStructure, api: SoapApi): string | undefined {
  for (const shape of api.typeNames.keys()) {
    if (
      'kind' in shape &&
      shape.kind === 'union' &&
      shape.branches.some((each) => each === branch)
    ) {
      return shape.tag;
    }
  }
  return undefined;
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
    return present([
      ['minInclusive', shape.minimum],
      ['maxInclusive', shape.maximum],
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
