import type { Api } from '@portico/contract';
import type { QueryParameter } from './query.ts';

/** Where an operation's API is rooted: `/inventory/v1`. */
export function toApiRoot(api: Api): string {
  return `/${api.name}/v${api.major}`;
}

/** Fills the parameters of a path template with values; `undefined` when one is missing. */
export type PathTemplate = (...sources: readonly unknown[]) => string | undefined;

/** What may stand in a path as it is (RFC 3986 §3.3), percent-encodings included. */
const ILLEGAL_IN_PATH = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g;

/**
 * Compiles `/orders/v1/orders/{orderId}`. Each parameter is taken from the first source that has it
 * as a text, number or boolean, and percent-encoded as one segment.
 */
export function createPathTemplate(path: string): PathTemplate {
  const pieces = path.split(/\{([^}]*)\}/);
  return (...sources) => {
    let filled = '';
    for (const [index, piece] of pieces.entries()) {
      if (index % 2 === 0) filled += piece;
      else {
        const value = findScalar(piece, sources);
        if (value === undefined) return undefined;
        filled += encodeURIComponent(value);
      }
    }
    return filled;
  };
}

function findScalar(name: string, sources: readonly unknown[]): string | undefined {
  for (const source of sources) {
    if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) continue;
    const value = (source as Record<string, unknown>)[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return undefined;
}

/**
 * The address of the next page as a `Link` value (RFC 8288 §3): the same target with the other
 * parameters as they were, and the cursor of the next page.
 */
export function toNextLink(
  path: string,
  parameters: readonly QueryParameter[],
  cursor: string,
): string {
  const kept = parameters.filter((parameter) => parameter.name !== 'cursor');
  const query = [...kept, { name: 'cursor', value: cursor }]
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return `<${path.replaceAll(ILLEGAL_IN_PATH, encodeURIComponent)}?${query}>; rel="next"`;
}
