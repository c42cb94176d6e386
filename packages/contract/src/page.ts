import type { Api } from './api.ts';
import type { Operation } from './operation.ts';
import type { Field, ObjectShape } from './shape.ts';
import { resolveShape } from './walk.ts';

/** The most that one page may hold: the bound of an array, so that a page fits into memory. */
export const PAGE_LIMIT_MAX = 1000;

/**
 * Whether an operation answers with one page of a list: `items`, and `next` while there is more;
 * called with `cursor` (opaque, from `next`) and `limit`. REST adds `Link: rel="next"` (RFC 8288).
 */
export function isPage(operation: Operation, api: Pick<Api, 'types'>): boolean {
  return (
    looksLikePage(operation, api) &&
    fieldOf(operation.input.shape, 'cursor') !== undefined &&
    pageProblem(operation, api) === undefined
  );
}

/** Whether an output has the two fields of a page, whatever the input is like. */
export function looksLikePage(operation: Operation, { types }: Pick<Api, 'types'>): boolean {
  if (operation.output === undefined) return false;
  const items = fieldOf(operation.output.shape, 'items');
  const next = fieldOf(operation.output.shape, 'next');
  if (items === undefined || next === undefined) return false;
  return (
    resolveShape(items.shape, types).kind === 'array' &&
    !next.required &&
    resolveShape(next.shape, types).kind === 'string'
  );
}

/**
 * What keeps the input of a page from being one, in a sentence, or nothing. A short list that is
 * always whole takes neither `cursor` nor `limit`; one whose service sets the size takes no `limit`.
 */
export function pageProblem(
  operation: Operation,
  { types }: Pick<Api, 'types'>,
): string | undefined {
  const cursor = fieldOf(operation.input.shape, 'cursor');
  const limit = fieldOf(operation.input.shape, 'limit');
  if (cursor !== undefined) {
    const { kind } = resolveShape(cursor.shape, types);
    if (cursor.required || kind !== 'string') return 'the cursor of a page is an optional string.';
  }
  if (limit !== undefined) {
    const shape = resolveShape(limit.shape, types);
    const most = shape.kind === 'integer' ? (shape.maximum ?? Infinity) : Infinity;
    if (limit.required || most > PAGE_LIMIT_MAX) {
      return `the limit of a page is an optional integer with a maximum of at most ${PAGE_LIMIT_MAX}.`;
    }
  }
  return undefined;
}

/** The field of an object by its name. */
export function fieldOf(shape: ObjectShape, name: string): Field | undefined {
  return shape.fields.find((field) => field.name === name);
}
