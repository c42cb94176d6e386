import type { IntegerShape, NumberShape } from '@portico/contract';
import { copyJson, setOwn } from './copy-json.ts';

/** The expression that is true when `source` is an integer of this shape. */
export function integerCondition(shape: IntegerShape, source: string): string {
  const conditions = [`Number.isInteger(${source})`];
  if (shape.minimum !== undefined) conditions.push(`${source} >= ${shape.minimum}`);
  if (shape.maximum !== undefined) conditions.push(`${source} <= ${shape.maximum}`);
  if (shape.multipleOf !== undefined) conditions.push(`${source} % ${shape.multipleOf} === 0`);
  return conditions.join(' && ');
}

/** The expression that is true when `source` is a number of this shape; JSON has no infinities. */
export function numberCondition(shape: NumberShape, source: string): string {
  const conditions = [`Number.isFinite(${source})`];
  if (shape.minimum !== undefined) conditions.push(`${source} >= ${shape.minimum}`);
  if (shape.maximum !== undefined) conditions.push(`${source} <= ${shape.maximum}`);
  if (shape.exclusiveMinimum !== undefined)
    conditions.push(`${source} > ${shape.exclusiveMinimum}`);
  if (shape.exclusiveMaximum !== undefined)
    conditions.push(`${source} < ${shape.exclusiveMaximum}`);
  return conditions.join(' && ');
}

/** What generated code calls. */
export const copierKit = {
  copyJson: (value: unknown) => copyJson(value),
  set: setOwn,
  own: (value: Record<string, unknown>, name: string) =>
    Object.hasOwn(value, name) ? value[name] : undefined,
  /** Members that JSON would write: own ones that are not undefined. */
  count: (value: Record<string, unknown>) =>
    Object.keys(value).reduce((sum, name) => (value[name] === undefined ? sum : sum + 1), 0),
  codePoints: (value: string) => {
    let count = 0;
    for (const _ of value) count++;
    return count;
  },
  unique: (items: readonly unknown[]) =>
    new Set(items.map((item) => JSON.stringify(sortMembers(item)))).size === items.length,
};

/** Members in one order, so that equal values have equal texts. */
function sortMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortMembers);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, member]) => [name, sortMembers(member)]);
}
