import type { Field, Shape } from '@portico/contract';
import { NAMESPACES } from './namespaces.ts';
import type { SoapApi } from './soap-api.ts';
import { escapeAttribute, escapeText } from './xml-writer.ts';
import { resolveShape, toXmlName } from './xsd-names.ts';
import { isScalar, type ScalarShape } from './xsd-types.ts';

/** A value to the content of its element. Only values that the dispatcher has checked. */
export type WriteContent = (value: unknown) => string;

/** Writes one element of the body or of a fault's detail, its content included. */
export type WriteElement = (value: unknown) => string;

/** Compiles the writers of one API. Types are compiled once and may contain themselves. */
export interface WriterCompiler {
  /** The element `name` in the API's namespace, with `fields` as children in schema order. */
  element(name: string, fields: readonly Field[]): WriteElement;
  /** The element `name` holding a value that need not be an object (the data of an error). */
  valueElement(name: string, shape: Shape): WriteElement;
}

/**
 * A compiler that generates JavaScript: one function per structure, tags as string literals, no
 * look-ups while writing. Only names and numbers of the contract reach the source, each as a JSON
 * literal, never as code.
 */
export function createWriterCompiler(api: SoapApi): WriterCompiler {
  const source: WriterSource = { api, functions: [], names: new Map() };
  const compile = (name: string, body: () => string): WriteElement => {
    const open = `<${name} xmlns="${escapeAttribute(api.namespace)}" xmlns:xsi="${NAMESPACES.xsi}"`;
    const content = body();
    const element = `${literal(`${open}>`)}+${content}+${literal(`</${name}>`)}`;
    const expression = `(v)=>v===null?${literal(`${open} xsi:nil="true"/>`)}:${element}`;
    const code = `"use strict";${source.functions.join('')}return ${expression};`;
    return new Function(...Object.keys(RUNTIME), code)(...Object.values(RUNTIME));
  };
  return {
    element: (name, fields) => compile(name, () => fieldsCall(fields, source)),
    valueElement: (name, shape) => compile(name, () => contentExpression(shape, 'v', source)),
  };
}

/** What generated code calls. */
const RUNTIME = { escapeText, isOwn: Object.hasOwn, toXsdDateTime, toXsdDuration };

interface WriterSource {
  readonly api: SoapApi;
  /** Function declarations, in the order they were asked for. */
  readonly functions: string[];
  /** Function by structure. */
  readonly names: Map<object, string>;
}

/** An expression for the content of an element whose value is `value` and not null. */
function contentExpression(declared: Shape, value: string, source: WriterSource): string {
  const { shape } = resolveShape(declared, source.api.types);
  if (isScalar(shape)) return scalarExpression(shape, value);
  const known = source.names.get(shape);
  if (known !== undefined) return `${known}(${value})`;
  const name = `write${source.names.size}`;
  // Known before its body is generated: a structure may contain itself.
  source.names.set(shape, name);
  const body = structureBody(shape, source);
  source.functions.push(`function ${name}(v){let s="";${body}return s;}`);
  return `${name}(${value})`;
}

function scalarExpression(shape: ScalarShape, value: string): string {
  if (shape.kind === 'any') return `escapeText(JSON.stringify(${value}))`;
  if (shape.kind === 'integer' && shape.width === 'unbounded') {
    // Beyond 1e21 a number prints with an exponent, which xsd:integer doesn't have.
    return `(Number.isSafeInteger(${value})?${value}:BigInt(${value}))`;
  }
  if (shape.kind !== 'string') return value;
  if (shape.format === 'date-time') return `escapeText(toXsdDateTime(${value}))`;
  if (shape.format === 'duration') return `escapeText(toXsdDuration(${value}))`;
  return `escapeText(${value})`;
}

/** RFC 3339 allows `t`, `z` and a space where `xsd:dateTime` wants `T` and `Z`. */
function toXsdDateTime(value: string): string {
  if (value.charAt(10) === 'T' && !value.endsWith('z')) return value;
  return `${value.slice(0, 10)}T${value.slice(11).replace(/z$/, 'Z')}`;
}

/** Weeks of ISO 8601 are days in `xsd:duration`. */
function toXsdDuration(value: string): string {
  const weeks = /^P(\d+)W$/.exec(value)?.[1];
  return weeks === undefined ? value : `P${Number(weeks) * 7}D`;
}

type Structure = Exclude<Shape, ScalarShape | { kind: 'reference' }>;

function structureBody(shape: Structure, source: WriterSource): string {
  if (shape.kind === 'object')
    return shape.fields.map((field) => fieldCode(field, source)).join('');
  if (shape.kind === 'array') {
    return `for(let i=0;i<v.length;i++){const x=v[i];s+=${valueCode('item', shape.items, source)};}`;
  }
  if (shape.kind === 'map') {
    const value = valueCode('value', shape.values, source);
    return `for(const k of Object.keys(v)){const x=v[k];s+="<entry><key>"+escapeText(k)+"</key>"+${value}+"</entry>";}`;
  }
  const branches = shape.branches.map((branch) => {
    const name = toXmlName(branch.value);
    const fields = branch.shape.fields.filter((field) => field.name !== shape.tag);
    const content = fields.map((field) => fieldCode(field, source)).join('');
    return `case ${literal(branch.value)}:s+=${literal(`<${name}>`)};${content}s+=${literal(`</${name}>`)};break;`;
  });
  return `let x;switch(${access(shape.tag)}){${branches.join('')}}`;
}

function fieldsCall(fields: readonly Field[], source: WriterSource): string {
  const name = `write${source.names.size}`;
  source.names.set(fields, name);
  const body = fields.map((field) => fieldCode(field, source)).join('');
  source.functions.push(`function ${name}(v){let s="";${body}return s;}`);
  return `${name}(v)`;
}

/** A statement that appends the field's element; an absent field has none. */
function fieldCode({ name, shape }: Field, source: WriterSource): string {
  const element = valueCode(toXmlName(name), shape, source);
  return `{const x=${access(name)};if(x!==undefined)s+=${element};}`;
}

/** An expression for the element `name` with the value `x`. */
function valueCode(name: string, shape: Shape, source: WriterSource): string {
  const {
    nullable,
    shape: { kind },
  } = resolveShape(shape, source.api.types);
  const content = contentExpression(shape, 'x', source);
  const element = `${literal(`<${name}>`)}+${content}+${literal(`</${name}>`)}`;
  if (!nullable || kind === 'any') return element;
  return `(x===null?${literal(`<${name} xsi:nil="true"/>`)}:${element})`;
}

/** Reads a field of `v`; names that every object inherits only when they are its own. */
function access(name: string): string {
  const key = literal(name);
  return name in Object.prototype ? `(isOwn(v,${key})?v[${key}]:undefined)` : `v[${key}]`;
}

function literal(text: string): string {
  return JSON.stringify(text);
}
