import type { Failure } from '@portico/contract';
import type { Binding, HttpReply, HttpRequest } from '@portico/service/spi';
import type { EdgeContext, EdgeOptions } from './edge-context.ts';
import { GatewayExchange } from './exchange.ts';
import type { EdgeRequest, EdgeResponse } from './http/request.ts';
import { RequestView } from './http/request-view.ts';
import { bodyLength, toHeaders } from './http/response.ts';
import { createRouter, type Router } from './http/router.ts';
import type { Place } from './places.ts';

/**
 * One listener, whatever server is in front of it: turns (method, target, headers, body) into (status,
 * headers, body). It knows no sockets.
 */
export class Edge implements EdgeContext {
  readonly options: EdgeOptions;
  readonly router: Router<Place>;
  authority = 'localhost';
  authorities: ReadonlySet<string> | undefined;
  readonly #owners: ReadonlyMap<string, Binding>;

  constructor(options: EdgeOptions) {
    this.options = options;
    this.router = createRouter(options.places);
    this.#owners = ownersOf(options.places, options.bindings);
  }

  /** Begins one request. Nothing happens before its `respond`. */
  open(request: EdgeRequest): GatewayExchange {
    return new GatewayExchange(this, request);
  }

  /** The answer to bytes that were no request, in the form of the first binding. */
  refuseUnparsed(failure: Failure): EdgeResponse {
    const view = new RequestView('GET', { path: '/', query: '' });
    const requestId = this.options.host.ids.uuid();
    const reply = this.refuse(failure, view, requestId);
    const headers = toHeaders(reply, false);
    headers.push('x-request-id', requestId, 'content-length', String(bodyLength(reply.body)));
    this.options.metrics.recordUnparsed(reply.status);
    return { status: reply.status, headers, body: reply.body, close: true };
  }

  /** A refusal in the form of the binding that owns the path: SOAP's below `/soap/`, else the first's. */
  refuse(failure: unknown, request: HttpRequest, requestId: string): HttpReply {
    const owner = this.#owners.get(firstSegment(request.path)) ?? this.options.bindings[0];
    try {
      if (owner) return owner.refuse(failure, request, requestId);
    } catch (error) {
      this.options.log.error({ requestId, error }, 'a binding failed to write a refusal');
    }
    return { status: 500, headers: { 'content-type': 'text/plain' }, body: 'Internal error.\n' };
  }
}

/** A first segment belongs to a binding when no other has routes below it. */
function ownersOf(
  places: ReadonlyMap<string, Place>,
  bindings: readonly Binding[],
): ReadonlyMap<string, Binding> {
  const names = new Map<string, Set<string>>();
  for (const place of places.values()) {
    const segment = firstSegment(place.path);
    const found = names.get(segment) ?? new Set();
    for (const { binding } of place.routes.values()) found.add(binding);
    names.set(segment, found);
  }
  const owners = new Map<string, Binding>();
  for (const [segment, found] of names) {
    const owner = found.size === 1 && bindings.find((binding) => found.has(binding.name));
    if (owner) owners.set(segment, owner);
  }
  return owners;
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path.slice(1) : path.slice(1, end);
}
