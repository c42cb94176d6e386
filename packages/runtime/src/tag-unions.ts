import type { JsonSchema } from '@portico/contract';

/**
 * Names the tag of every union in a schema (`discriminator`, as OpenAPI has it), so that Ajv explains
 * the one branch that was meant instead of all that were not.
 */
export function tagUnions(schema: JsonSchema): JsonSchema {
  const definitions = asRecord(schema.$defs);
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const copy = Object.fromEntries(
      Object.entries(node).map(([keyword, value]) => [keyword, visit(value)]),
    );
    if (!Array.isArray(copy.oneOf)) return copy;
    const tag = tagOf(copy.oneOf.map((branch) => resolve(branch, definitions)));
    if (tag === undefined) return copy;
    return { ...copy, type: 'object', discriminator: { propertyName: tag }, required: [tag] };
  };
  return visit(schema) as JsonSchema;
}

function tagOf(branches: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const candidates = Object.keys(asRecord(branches[0]?.properties));
  return candidates.find((name) =>
    branches.every(({ properties }) => {
      const property = asRecord(asRecord(properties)[name]);
      return typeof property.const === 'string';
    }),
  );
}

function resolve(branch: unknown, definitions: Readonly<Record<string, unknown>>) {
  const { $ref } = asRecord(branch);
  if (typeof $ref !== 'string') return asRecord(branch);
  return asRecord(definitions[$ref.slice($ref.lastIndexOf('/') + 1)]);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
