import type { Report } from './definition-error.ts';
import { isRecord } from './json.ts';

/** What an inspection needs beside the schema. */
export interface Inspection {
  readonly report: Report;
  /** Schemas already looked at: shared ones are reported once, recursive ones end. */
  readonly inspected: Set<object>;
}

/**
 * Refuses what Zod 4 drops silently when it converts to JSON Schema: at run time only JSON Schema
 * counts, so a check that is not in it would look as if it protected something. Looks at the
 * definition (`_zod.def`) by its form; Zod itself is not imported, and other libraries pass.
 */
export function inspectZod(schema: unknown, place: string, inspection: Inspection): void {
  const definition = definitionOf(schema);
  if (definition === undefined || typeof schema !== 'object' || schema === null) return;
  if (inspection.inspected.has(schema)) return;
  inspection.inspected.add(schema);
  const { report } = inspection;
  const type = String(definition.type);
  const reason = REFUSED_TYPES[type];
  if (reason !== undefined) report(place, reason);
  if (definition.coerce === true) report(place, 'coercion is refused: values arrive typed.');
  if (definition.check === 'string_format') inspectPattern(definition, place, report);
  for (const check of listOf(definition.checks)) {
    const checked = definitionOf(check);
    if (checked !== undefined) inspectCheck(checked, place, report);
  }
  for (const [step, child] of childrenOf(type, definition)) {
    inspectZod(child, place + step, inspection);
  }
}

const TRANSFORMED = 'a transformation is refused: values cross a contract unchanged.';
const MISSING =
  'a default is refused: nothing applies it; make the field optional and choose the value in the ' +
  'handler.';

/** Types of Zod that JSON Schema would show as something else. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  transform: TRANSFORMED,
  pipe: `${TRANSFORMED} (transform, preprocess, pipe, codec, stringbool)`,
  default: MISSING,
  prefault: MISSING,
  catch: 'catch is refused: an invalid value is an error of the caller.',
  promise: 'a promise is refused: values cross a contract as data.',
  success: 'z.success is refused: it yields something else than it accepts.',
  custom: 'a custom check is refused: it is not in the JSON Schema, so nothing would check it.',
};

function inspectCheck(check: Readonly<Record<string, unknown>>, place: string, report: Report) {
  switch (check.check) {
    case 'overwrite':
      report(
        place,
        'trim, toLowerCase, normalize and the like are refused: values stay unchanged.',
      );
      break;
    case 'custom':
    case 'property':
    case 'mime_type':
    case 'min_size':
    case 'max_size':
    case 'size_equals':
      report(place, REFUSED_CHECK);
      break;
    case 'string_format':
      inspectPattern(check, place, report);
      break;
    default:
      if (check.check === undefined) report(place, REFUSED_CHECK);
  }
}

const REFUSED_CHECK =
  'refine, superRefine and check are refused: they are not in the JSON Schema, so nothing would ' +
  'check them; check in the handler and declare an error.';

/** JSON Schema has no flags (ECMA-262 with `u`, 2020-12 §6.4), so `/a/i` would become `/a/`. */
function inspectPattern(check: Readonly<Record<string, unknown>>, place: string, report: Report) {
  const { pattern } = check;
  if (!(pattern instanceof RegExp)) return;
  const flags = pattern.flags.replace(/[ud]/g, '');
  if (flags !== '') {
    report(place, `the pattern's flag "${flags}" is refused: JSON Schema has none; write it out.`);
  }
}

function definitionOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof schema !== 'object' || schema === null || !('_zod' in schema)) return undefined;
  const internals = schema._zod;
  if (typeof internals !== 'object' || internals === null || !('def' in internals))
    return undefined;
  return isRecord(internals.def) ? internals.def : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schemas within a schema, each with its step in the path. */
function childrenOf(
  type: string,
  definition: Readonly<Record<string, unknown>>,
): readonly (readonly [string, unknown])[] {
  switch (type) {
    case 'object':
      return [
        ...Object.entries(isRecord(definition.shape) ? definition.shape : {}).map(
          ([name, field]) => [`.${name}`, field] as const,
        ),
        ['{}', definition.catchall],
      ];
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
    case 'default':
    case 'prefault':
    case 'catch':
      return [['', definition.innerType]];
    default:
      return [];
  }
}
