import type { Field, Shape } from '@portico/contract';
import type { Lexical } from './lexical.ts';
import { NAMESPACES } from './namespaces.ts';
import type { NamedStructure, SoapApi } from './soap-api.ts';
import { resolveShape, toXmlName } from './xsd-names.ts';
import { isScalar, toAcceptedBuiltIns, toBuiltIn, toLexical } from './xsd-types.ts';

interface Common {
  /** `xsi:nil` is a value of its own. */
  readonly nullable: boolean;
  /** Expanded names (`{namespace}local`) that `xsi:type` may say. */
  readonly typeNames: readonly string[];
}

/** Text, read by the lexical rules of its XSD type. */
export interface ScalarReader extends Common {
  readonly kind: 'scalar';
  readonly lexical: Lexical;
}

/** A child element: the field it fills and how its content is read. */
export interface Member {
  readonly field: string;
  readonly reader: Reader;
}

/** Children by local name, each at most once. `map` entries are read as objects and then taken apart. */
export interface ObjectReader extends Common {
  readonly kind: 'object';
  readonly members: Map<string, Member>;
}

/** Children all called `item`. */
export interface ArrayReader extends Common {
  readonly kind: 'array';
  item: Reader | undefined;
}

/** Children all called `entry`, each with a `key` and a `value`. */
export interface MapReader extends Common {
  readonly kind: 'map';
  readonly entry: ObjectReader;
}

/** Exactly one child, whose name says the tag's value. */
export interface UnionReader extends Common {
  readonly kind: 'union';
  readonly tag: string;
  readonly branches: Map<string, BranchReader>;
}

/** What stands in the element of one branch. */
export interface BranchReader {
  /** The tag's constant. */
  readonly value: string;
  /** The branch's fields but the tag. */
  readonly reader: ObjectReader;
}

/** How the content of one element becomes a value; compiled once per type. */
export type Reader = ScalarReader | ObjectReader | ArrayReader | MapReader | UnionReader;

/** What the wrapper of an operation's input has as children. */
export type WrapperCompiler = (fields: readonly Field[]) => ObjectReader;

/** Compiles the shapes of one API, each once, so that types may contain themselves. */
export function createReaderCompiler(api: SoapApi): WrapperCompiler {
  const compiled = { plain: new Map<Shape, Reader>(), nullable: new Map<Shape, Reader>() };

  const compile = (declared: Shape): Reader => {
    const { shape, nullable } = resolveShape(declared, api.types);
    const known = compiled[nullable ? 'nullable' : 'plain'];
    const found = known.get(shape);
    if (found !== undefined) return found;
    const reader = toReader(shape, { nullable, typeNames: toTypeNames(declared, shape, api) });
    // Known before its parts are compiled: they may lead back here.
    known.set(shape, reader);
    compileParts(reader, shape);
    return reader;
  };

  const compileParts = (reader: Reader, shape: Shape): void => {
    if (reader.kind === 'object' && shape.kind === 'object') fill(reader, shape.fields);
    if (reader.kind === 'array' && shape.kind === 'array') reader.item = compile(shape.items);
    if (reader.kind === 'map' && shape.kind === 'map') {
      reader.entry.members.set('key', { field: 'key', reader: compile({ kind: 'string' }) });
      reader.entry.members.set('value', { field: 'value', reader: compile(shape.values) });
    }
    if (reader.kind !== 'union' || shape.kind !== 'union') return;
    for (const branch of shape.branches) {
      const branchReader = createObjectReader(toStructureNames(branch, api));
      reader.branches.set(toXmlName(branch.value), { value: branch.value, reader: branchReader });
      const fields = branch.shape.fields.filter(({ name }) => name !== shape.tag);
      fill(branchReader, fields);
    }
  };

  const fill = (reader: ObjectReader, fields: readonly Field[]): ObjectReader => {
    for (const { name, shape } of fields) {
      reader.members.set(toXmlName(name), { field: name, reader: compile(shape) });
    }
    return reader;
  };
  return (fields) => fill(createObjectReader([]), fields);
}

function createObjectReader(typeNames: readonly string[]): ObjectReader {
  return { kind: 'object', nullable: false, typeNames, members: new Map() };
}

function toReader(shape: Exclude<Shape, { kind: 'reference' }>, common: Common): Reader {
  if (isScalar(shape)) return { ...common, kind: 'scalar', lexical: toLexical(shape) };
  if (shape.kind === 'object') return { ...common, kind: 'object', members: new Map() };
  if (shape.kind === 'array') return { ...common, kind: 'array', item: undefined };
  if (shape.kind === 'map') return { ...common, kind: 'map', entry: createObjectReader([]) };
  return { ...common, kind: 'union', tag: shape.tag, branches: new Map() };
}

function toTypeNames(
  declared: Shape,
  shape: Exclude<Shape, { kind: 'reference' }>,
  api: SoapApi,
): readonly string[] {
  const named = toStructureNames(shape, api);
  if (!isScalar(shape)) return named;
  const builtIns = toAcceptedBuiltIns(toBuiltIn(shape)).map((name) => `{${NAMESPACES.xsd}}${name}`);
  return declared.kind === 'reference' ? [...named, ...builtIns] : builtIns;
}

function toStructureNames(structure: NamedStructure, api: SoapApi): readonly string[] {
  const name = api.typeNames.get(structure);
  return name === undefined ? [] : [`{${api.namespace}}${name}`];
}
