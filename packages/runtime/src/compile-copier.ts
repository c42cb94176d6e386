import type {
  ArrayShape,
  JsonSchema,
  MapShape,
  ObjectShape,
  Shape,
  StringShape,
  Type,
  UnionShape,
} from '@portico/contract';
import { copierKit, integerCondition, numberCondition } from './copier-kit.ts';
import { copyJson, REFUSED } from './copy-json.ts';
import { formats } from './formats.ts';
import { asSchema, resolve, schemaAt, type Types, toKeyShape } from './schema-places.ts';

/** Checks a value and copies it, in one pass. `REFUSED` when it does not fit its type. */
export type Copier = (value: unknown) => unknown;

/** An array of literals is faster than a set up to about this many. */
const LITERALS_INLINE_MAX = 8;

/** Compiles the copiers of one API; named types are compiled once and shared. */
export interface CopierCompiler {
  compile(type: Type): Copier;
}

/**
 * Makes copiers by generating JavaScript from shapes: one pass that checks every constraint, refuses
 * unknown members, and builds new objects with a fixed layout. Names from the contract only ever stand
 * in the code as JSON string literals.
 */
export function createCopierCompiler(types: Types): CopierCompiler {
  const named = new Map<string, { copy: Copier }>();
  const compileInner = ({ shape, schema }: Type): Copier => {
    const writer = new CopierWriter(types, (name) => reference(name));
    return writer.finish(writer.copy(shape, schema, 'v'));
  };
  const reference = (name: string): { copy: Copier } => {
    const known = named.get(name);
    if (known) return known;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (!type)
      throw new Error(`The contract refers to the type "${name}", which it does not have.`);
    const holder = { copy: copyJson as Copier };
    named.set(name, holder);
    holder.copy = compileInner(type);
    return holder;
  };
  return {
    compile(type) {
      const inner = compileInner(type);
      return (value) => {
        try {
          return inner(value);
        } catch (thrown) {
          // A value that contains itself ends in a RangeError: no JSON, so it does not fit either.
          if (thrown === REFUSED || thrown instanceof RangeError) return REFUSED;
          throw thrown;
        }
      };
    },
  };
}

/** Writes the code of one copier: a function per object, array, map and union, checks in between. */
class CopierWriter {
  readonly #types: Types;
  readonly #reference: (name: string) => { copy: Copier };
  readonly #constants: unknown[] = [];
  readonly #functions: string[] = [];

  constructor(types: Types, reference: (name: string) => { copy: Copier }) {
    this.#types = types;
    this.#reference = reference;
  }

  finish(copy: { readonly checks: string; readonly value: string }): Copier {
    const code = `'use strict';\n${this.#functions.join('\n')}
return function copy(v) { ${copy.checks} return ${copy.value}; };`;
    const make = new Function('R', 'c', 'k', code);
    return make(REFUSED, this.#constants, copierKit) as Copier;
  }

  /**
   * Statements that throw unless `source` fits, and the expression of its copy. The schema goes along
   * with the shape for the one thing that shapes leave out: what the keys of maps must look like.
   */
  copy(
    shape: Shape,
    schema: JsonSchema,
    source: string,
  ): { readonly checks: string; readonly value: string } {
    const nullable = shape.nullable === true;
    const condition = this.#scalar(shape, source);
    if (condition !== undefined) {
      const fits = nullable ? `${source} === null || (${condition})` : condition;
      return { checks: `if (!(${fits})) throw R;`, value: source };
    }
    const call = this.#compound(shape, schema, source);
    return { checks: '', value: nullable ? `(${source} === null ? null : ${call})` : call };
  }

  #scalar(shape: Shape, source: string): string | undefined {
    switch (shape.kind) {
      case 'string':
        return this.#string(shape, source);
      case 'integer':
        return integerCondition(shape, source);
      case 'number':
        return numberCondition(shape, source);
      case 'boolean':
        return `typeof ${source} === 'boolean'`;
      default:
        return undefined;
    }
  }

  #compound(shape: Shape, schema: JsonSchema, source: string): string {
    switch (shape.kind) {
      case 'object':
        return `${this.#object(shape, resolve(schema, this.#types))}(${source})`;
      case 'array':
        return `${this.#array(shape, resolve(schema, this.#types))}(${source})`;
      case 'map':
        return `${this.#map(shape, resolve(schema, this.#types))}(${source})`;
      case 'union':
        return `${this.#union(shape, resolve(schema, this.#types))}(${source})`;
      case 'reference':
        return `${this.#constant(this.#reference(shape.name))}.copy(${source})`;
      default:
        return `k.copyJson(${source})`;
    }
  }

  #string(shape: StringShape, source: string): string {
    const conditions = [`typeof ${source} === 'string'`];
    const { minLength = 0, maxLength, pattern, format, values } = shape;
    // Length counts code points, of which there are at least half as many as UTF-16 units.
    if (minLength > 0) {
      const quick = minLength === 1 ? 1 : minLength * 2 - 1;
      conditions.push(`(${source}.length >= ${quick} || k.codePoints(${source}) >= ${minLength})`);
    }
    if (maxLength !== undefined) {
      conditions.push(
        `(${source}.length <= ${maxLength} || k.codePoints(${source}) <= ${maxLength})`,
      );
    }
    if (values) conditions.push(this.#literals(values, source));
    if (pattern !== undefined) {
      conditions.push(`${this.#constant(new RegExp(pattern, 'u'))}.test(${source})`);
    }
    if (format) conditions.push(`${this.#constant(formats[format])}(${source})`);
    return conditions.join(' && ');
  }

  #literals(values: readonly string[], source: string): string {
    if (values.length > LITERALS_INLINE_MAX) {
      return `${this.#constant(new Set(values))}.has(${source})`;
    }
    const equal = values.map((value) => `${source} === ${JSON.stringify(value)}`);
    return `(${equal.join(' || ') || 'false'})`;
  }

  #object(shape: ObjectShape, schema: JsonSchema): string {
    const required: string[] = [];
    const optional: string[] = [];
    const body: string[] = [PLAIN_OBJECT, `let n = ${shape.fields.filter(isRequired).length};`];
    for (const [index, field] of shape.fields.entries()) {
      const member = `m${index}`;
      const name = JSON.stringify(field.name);
      const read = field.name in Object.prototype ? `k.own(v, ${name})` : `v[${name}]`;
      const copy = this.copy(field.shape, schemaAt(schema.properties, field.name), member);
      body.push(`const ${member} = ${read};`);
      if (field.required) {
        if (copy.checks === '') body.push(`if (${member} === undefined) throw R;`);
        body.push(copy.checks);
        required.push(`[${name}]: ${copy.value}`);
      } else {
        body.push(`if (${member} !== undefined) { n++; ${copy.checks} }`);
        const set =
          field.name === '__proto__'
            ? `k.set(o, ${name}, ${copy.value})`
            : `o[${name}] = ${copy.value}`;
        optional.push(`if (${member} !== undefined) ${set};`);
      }
    }
    body.push('let e = 0; for (const x in v) e++;', 'if (e !== n && k.count(v) !== n) throw R;');
    body.push(`const o = { ${required.join(', ')} };`, ...optional, 'return o;');
    return this.#function(body);
  }

  #array(shape: ArrayShape, schema: JsonSchema): string {
    const item = this.copy(shape.items, schemaAt(schema, 'items'), 'x');
    const { minItems = 0, maxItems } = shape;
    return this.#function([
      'if (!Array.isArray(v)) throw R;',
      'const n = v.length;',
      minItems > 0 ? `if (n < ${minItems}) throw R;` : '',
      maxItems === undefined ? '' : `if (n > ${maxItems}) throw R;`,
      'const o = [];',
      'for (let i = 0; i < n; i++) {',
      'const x = v[i]; if (x === undefined) throw R;',
      `${item.checks} o.push(${item.value});`,
      '}',
      shape.uniqueItems ? 'if (!k.unique(o)) throw R;' : '',
      'return o;',
    ]);
  }

  #map(shape: MapShape, schema: JsonSchema): string {
    const member = this.copy(shape.values, schemaAt(schema, 'additionalProperties'), 'x');
    const names = this.#string(toKeyShape(schemaAt(schema, 'propertyNames')), 'name');
    const bound = shape.maxProperties;
    return this.#function([
      PLAIN_OBJECT,
      'const o = {}; let n = 0;',
      'for (const name of Object.keys(v)) {',
      'const x = v[name]; if (x === undefined) continue;',
      bound === undefined ? '' : `if (++n > ${bound}) throw R;`,
      `if (!(${names})) throw R;`,
      `${member.checks} k.set(o, name, ${member.value});`,
      '}',
      'return o;',
    ]);
  }

  #union(shape: UnionShape, schema: JsonSchema): string {
    const schemas = Array.isArray(schema.oneOf) ? schema.oneOf : [];
    const branches = shape.branches.map(({ value, shape: branch }, index) => {
      const copy = this.#object(branch, resolve(asSchema(schemas[index]), this.#types));
      return `case ${JSON.stringify(value)}: return ${copy}(v);`;
    });
    return this.#function([
      PLAIN_OBJECT,
      `switch (k.own(v, ${JSON.stringify(shape.tag)})) {`,
      ...branches,
      'default: throw R;',
      '}',
    ]);
  }

  #function(body: readonly string[]): string {
    const name = `f${this.#functions.length}`;
    // The slot is taken before the body is known: functions of inner shapes already have theirs.
    this.#functions.push(`function ${name}(v) {\n${body.filter(Boolean).join('\n')}\n}`);
    return name;
  }

  #constant(value: unknown): string {
    return `c[${this.#constants.push(value) - 1}]`;
  }
}

/** Class instances and objects without a prototype are read as their own members, like JSON does. */
const PLAIN_OBJECT = `if (typeof v !== 'object' || v === null || Array.isArray(v)) throw R;
if (Object.getPrototypeOf(v) !== Object.prototype) v = Object.assign({}, v);`;

function isRequired(field: { readonly required: boolean }): boolean {
  return field.required;
}
