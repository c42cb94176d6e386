import { DECIMAL_PATTERN } from './formats.ts';

/** The JSON Schema keywords that carry field marks. `x-` keeps other tools from refusing them. */
export const MARKS = {
  id: 'x-portico-id',
  sensitive: 'x-portico-sensitive',
  access: 'x-portico-access',
  version: 'x-portico-version',
} as const;

/**
 * Marks an identifier: prefixed, random, at least 128 bits (`ord_…`). An operation that takes one
 * says whose the thing is (`owner`).
 *
 * @example
 * const OrderId = z.string().meta(id('ord'));
 */
export function id(prefix: string): { readonly 'x-portico-id': string } {
  return { [MARKS.id]: prefix };
}

/** Marks a field that is never logged and is masked in the audit. */
export function sensitive(): { readonly 'x-portico-sensitive': true } {
  return { [MARKS.sensitive]: true };
}

/**
 * Marks a field that is absent from outputs, and refused in inputs, of callers without all of the
 * permissions.
 */
export function access(...permissions: readonly string[]): {
  readonly 'x-portico-access': readonly string[];
} {
  return { [MARKS.access]: permissions };
}

/** Marks the field that REST takes from `If-Match` (input) or gives as `ETag` (output). RFC 9110 §8.8.3, §13.1.1. */
export function version(): { readonly 'x-portico-version': true } {
  return { [MARKS.version]: true };
}

/**
 * Marks a string that holds a decimal number, for amounts that a double would round. SOAP carries it
 * as `xsd:decimal`.
 *
 * @example
 * const Price = z.string().meta(decimal());
 */
export function decimal(): { readonly format: 'decimal'; readonly pattern: string } {
  return { format: 'decimal', pattern: DECIMAL_PATTERN };
}
