import type { HttpRequest } from '@portico/service/spi';
import type { Head } from './head.ts';
import type { Target } from './target.ts';

/**
 * Credentials are the gateway's alone, and what names an identity or a path outside our own network
 * is not believed: handlers and bindings never see either.
 */
const HIDDEN = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'cookie',
  'forwarded',
  'x-real-ip',
  'tracestate',
  'baggage',
]);
const HIDDEN_PREFIXES = ['portico-', 'x-user-', 'x-consumer-', 'x-forwarded-'];

/** One request as bindings see it. */
export class RequestView implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly #head: Head | undefined;

  constructor(method: string, target: Pick<Target, 'path' | 'query'>, head?: Head) {
    this.method = method;
    this.path = target.path;
    this.query = target.query;
    this.#head = head;
  }

  header(name: string): string | undefined {
    if (this.#head === undefined || isHidden(name)) return undefined;
    return this.#head.get(name);
  }
}

function isHidden(name: string): boolean {
  return HIDDEN.has(name) || HIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix));
}
