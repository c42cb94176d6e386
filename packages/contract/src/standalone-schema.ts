import type { Api } from './api.ts';
import { closed, opened, reachableTypes } from './schema-bounds.ts';
import type { JsonSchema } from './shape.ts';

/**
 * A schema of an API together with the named types it needs, so that a validator can compile it.
 *
 * `closed` refuses unknown fields everywhere, in named types too: for inputs, and for outputs where
 * the one who made them is checked. `open` accepts them everywhere: for outputs at a client, which
 * may be older than the service.
 */
export function toStandaloneSchema(
  schema: JsonSchema,
  api: Pick<Api, 'types'>,
  openness: 'closed' | 'open',
): JsonSchema {
  const change = openness === 'closed' ? closed : opened;
  const schemas: Record<string, JsonSchema> = {};
  for (const [name, type] of Object.entries(api.types)) schemas[name] = type.schema;
  const needed = [...reachableTypes([schema], schemas)].sort();
  if (needed.length === 0) return change(schema);
  const definitions = needed.map((name) => [name, change(schemas[name] ?? {})]);
  return { ...change(schema), $defs: Object.fromEntries(definitions) };
}
