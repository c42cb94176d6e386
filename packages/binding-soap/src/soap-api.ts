import type { DeclaredError, Operation, Shape, UnionShape } from '@portico/contract';
import type { PublishedApi } from '@portico/service/spi';
import { toAction, toNamespace } from './namespaces.ts';
import {
  createNameAllocator,
  type NameAllocator,
  type NamedTypes,
  toPascalCase,
  toXmlName,
} from './xsd-names.ts';

/** A declared error and the element that carries its data in a fault's detail. */
export interface SoapError {
  readonly error: DeclaredError;
  readonly element: string;
}

/** An operation and its names in the document and on the wire. */
export interface SoapOperation {
  readonly operation: Operation;
  /** Local name of the body's element; the response's is this + `Response`. */
  readonly element: string;
  readonly action: string;
  readonly errors: readonly SoapError[];
}

/** One branch of a tagged union: an element of the choice. */
export type Branch = UnionShape['branches'][number];

/** A structure with a type of its own in the schema. */
export type NamedStructure = Shape | Branch;

/** A published API with every name that SOAP needs, in one place: document and codecs read it here. */
export interface SoapApi {
  readonly published: PublishedApi;
  readonly namespace: string;
  readonly path: string;
  readonly types: NamedTypes;
  readonly operations: readonly SoapOperation[];
  /** Elements of faults, each once however many operations declare the error. */
  readonly errors: readonly SoapError[];
  /** Local names of schema types, in the order of their definition. */
  readonly typeNames: ReadonlyMap<NamedStructure, string>;
  /** Names of the document's own parts. */
  readonly portType: string;
  readonly service: string;
}

/**
 * Names everything of an API. The same contract gets the same names each time: named types keep
 * theirs, others are called after the way to them (`CreateOrderLines`, `CreateOrderLinesItem`).
 */
export function toSoapApi(system: string, published: PublishedApi, path: string): SoapApi {
  const { api } = published;
  const namespace = toNamespace({ system, api: api.name, major: api.major });
  const names = createNameAllocator();
  for (const name of Object.keys(api.types)) names.allocate(name);
  for (const { name } of published.operations) {
    names.allocate(name);
    names.allocate(`${name}Response`);
  }
  const { operations, errors } = nameOperations(published, namespace, names);
  const base = toPascalCase(api.name);
  return {
    published,
    namespace,
    path,
    types: api.types,
    operations,
    errors,
    portType: names.allocate(`${base}PortType`),
    service: names.allocate(`${base}Service`),
    typeNames: nameTypes(published, errors, names),
  };
}

function nameOperations(published: PublishedApi, namespace: string, names: NameAllocator) {
  const errors = new Map<string, SoapError>();
  const operations = published.operations.map((operation): SoapOperation => {
    const element = toXmlName(operation.name);
    const declared = Object.values<DeclaredError>(operation.errors).map((error) => {
      // One element for all operations that mean the same by the name.
      const meaning = JSON.stringify([error.name, error.data?.schema]);
      const known = errors.get(meaning);
      if (known !== undefined) return { error, element: known.element };
      const named = { error, element: names.allocate(error.name) };
      errors.set(meaning, named);
      return named;
    });
    return { operation, element, action: toAction(namespace, operation.name), errors: declared };
  });
  return { operations, errors: [...errors.values()] };
}

function nameTypes(
  published: PublishedApi,
  errors: readonly SoapError[],
  names: NameAllocator,
): ReadonlyMap<NamedStructure, string> {
  const walk: TypeWalk = { types: published.api.types, names, found: new Map() };
  for (const { name, input, output } of published.operations) {
    nameFields(input.shape, toPascalCase(name), walk);
    if (output !== undefined) nameFields(output.shape, `${toPascalCase(name)}Response`, walk);
  }
  for (const { error, element } of errors) {
    if (error.data?.shape.kind === 'object') nameFields(error.data.shape, element, walk);
    else if (error.data !== undefined) nameType(error.data.shape, `${element}Data`, walk);
  }
  return walk.found;
}

interface TypeWalk {
  readonly types: NamedTypes;
  readonly names: NameAllocator;
  readonly found: Map<NamedStructure, string>;
}

type ObjectLike = Extract<Shape, { kind: 'object' }>;

function nameFields(shape: ObjectLike, path: string, walk: TypeWalk): void {
  for (const { name, shape: field } of shape.fields) {
    nameType(field, `${path}${toPascalCase(name)}`, walk);
  }
}

function nameType(shape: Shape, path: string, walk: TypeWalk): void {
  if (shape.kind === 'reference') {
    const target = walk.types[shape.name]?.shape;
    if (target === undefined || walk.found.has(target)) return;
    walk.found.set(target, toXmlName(shape.name));
    nameParts(target, toPascalCase(shape.name), walk);
  } else if (['object', 'array', 'map', 'union'].includes(shape.kind) && !walk.found.has(shape)) {
    const name = walk.names.allocate(path);
    walk.found.set(shape, name);
    nameParts(shape, name, walk);
  }
}

function nameParts(shape: Shape, path: string, walk: TypeWalk): void {
  if (shape.kind === 'object') nameFields(shape, path, walk);
  if (shape.kind === 'array') nameType(shape.items, `${path}Item`, walk);
  if (shape.kind === 'map') nameType(shape.values, `${path}Value`, walk);
  if (shape.kind !== 'union') return;
  for (const branch of shape.branches) {
    const name = walk.names.allocate(`${path}${toPascalCase(branch.value)}`);
    walk.found.set(branch, name);
    nameFields(branch.shape, name, walk);
  }
}
