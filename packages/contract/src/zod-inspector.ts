import type { Report } from './definition-error.ts';
import { isRecord } from './json.ts';
import { refusedCheck, refusedType } from './zod-refusals.ts';

/** What an inspection needs beside the schema. */
export interface Inspection {
  readonly report: Report;
  /**
   * Schemas already looked at, with the answer: shared ones are reported once, recursive ones end.
   */
  readonly inspected: Map<object, boolean>;
}

/**
 * Refuses what Zod 4 drops silently when it converts to JSON Schema: at run time only JSON Schema
 * counts, so a check that is not in it would look as if it protected something. Looks at the
 * definition (`_zod.def`) by its form; Zod itself is not imported, and other libraries pass.
 *
 * @returns whether this is a schema of Zod all of which is known to yield what it accepts.
 */
export function inspectZod(schema: unknown, place: string, inspection: Inspection): boolean {
  const definition = definitionOf(schema);
  if (definition === undefined || typeof schema !== 'object' || schema === null) return false;
  const known = inspection.inspected.get(schema);
  if (known !== undefined) return known;
  inspection.inspected.set(schema, true);
  const type = String(definition.type);
  const reasons = reasonsAgainst(type, definition);
  for (const reason of reasons) inspection.report(place, reason);
  let plain = reasons.size === 0 && PLAIN.has(type);
  for (const [step, child] of childrenOf(type, definition)) {
    plain = inspectZod(child, place + step, inspection) && plain;
  }
  inspection.inspected.set(schema, plain);
  return plain;
}

type Definition = Readonly<Record<string, unknown>>;

function reasonsAgainst(type: string, definition: Definition): ReadonlySet<string> {
  const checks = listOf(definition.checks).map((check) => definitionOf(check) ?? {});
  const formats = [definition, ...checks].filter(({ check }) => check === 'string_format');
  const reasons = [
    refusedType(type),
    definition.coerce === true ? 'coercion is refused: values arrive typed.' : undefined,
    ...checks.map(({ check }) => refusedCheck(check)),
    ...formats.map(refusedFormat),
    formats.length > 1 && formats.some(({ pattern }) => pattern === undefined)
      ? 'a format and a pattern together are refused: Zod keeps only one of them.'
      : undefined,
    type === 'literal' && listOf(definition.values).includes(undefined)
      ? 'undefined is not a value of JSON; make the field optional.'
      : undefined,
  ];
  return new Set(reasons.filter((reason) => reason !== undefined));
}

/** Types of Zod that yield what they accept, if what they hold does. */
const PLAIN = new Set([
  'string',
  'number',
  'boolean',
  'null',
  'any',
  'unknown',
  'never',
  'object',
  'array',
  'tuple',
  'record',
  'union',
  'intersection',
  'enum',
  'literal',
  'nullable',
  'optional',
  'nonoptional',
  'readonly',
  'template_literal',
  'lazy',
]);

/** JSON Schema has no flags (ECMA-262 with `u`, 2020-12 §6.4), so `/a/i` would become `/a/`. */
function refusedFormat({ pattern, protocol, hostname, normalize }: Definition): string | undefined {
  if (protocol !== undefined || hostname !== undefined || normalize !== undefined) {
    return 'options of z.url() are refused: they are not in the JSON Schema; use a pattern.';
  }
  const flags = pattern instanceof RegExp ? pattern.flags.replace(/[ud]/g, '') : '';
  if (flags === '') return undefined;
  return `the pattern's flag "${flags}" is refused: JSON Schema has none; write it out.`;
}

function definitionOf(schema: unknown): Definition | undefined {
  if (typeof schema !== 'object' || schema === null || !('_zod' in schema)) return undefined;
  const internals = schema._zod;
  if (typeof internals !== 'object' || internals === null || !('def' in internals))
    return undefined;
  return isRecord(internals.def) ? internals.def : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schemas within a schema, each with its step in the path. */
function childrenOf(type: string, definition: Definition): readonly (readonly [string, unknown])[] {
  switch (type) {
    case 'object': {
      const shape = isRecord(definition.shape) ? definition.shape : {};
      const fields = Object.keys(shape).map((name) => [`.${name}`, shape[name]] as const);
      return definition.catchall === undefined ? fields : [...fields, ['{}', definition.catchall]];
    }
    case 'array':
      return [['[]', definition.element]];
    case 'record':
      return [
        ['{key}', definition.keyType],
        ['{}', definition.valueType],
      ];
    case 'union':
      return listOf(definition.options).map((option, at) => [`(${at})`, option] as const);
    case 'intersection':
      return [
        ['', definition.left],
        ['', definition.right],
      ];
    case 'tuple':
      return listOf(definition.items).map((item, at) => [`[${at}]`, item] as const);
    case 'lazy':
      return typeof definition.getter === 'function' ? [['', definition.getter()]] : [];
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
      return [['', definition.innerType]];
    default:
      return [];
  }
}
