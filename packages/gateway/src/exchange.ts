import { Failure, type Operation } from '@portico/contract';
import { type Caller, Cancellation, type Trace } from '@portico/service';
import type {
  EdgeCallOptions,
  Exchange,
  HttpReply,
  PresentedCredential,
} from '@portico/service/spi';
import { challengesFor } from './authentication/challenge.ts';
import type { EdgeContext } from './edge-context.ts';
import { checkFraming, type Head, parseHead } from './http/head.ts';
import { refuseMethod, refusePath } from './http/refusals.ts';
import type { EdgeRequest, EdgeResponse } from './http/request.ts';
import { RequestView } from './http/request-view.ts';
import { bodyLength, isBodiless, toHeaders } from './http/response.ts';
import { parseTarget } from './http/target.ts';
import { formatTraceparent, toTrace } from './http/trace.ts';
import { type BoundRoute, isPublishedOn, type Place } from './places.ts';

/** How long a call from outside may take, unless its operation asks for more. */
const DEADLINE_MS = 15_000;
/** The most an operation can ask for. */
const DEADLINE_MAX_MS = 60_000;
/** What the edge keeps of an operation's own timeout for itself. */
const DEADLINE_MARGIN_MS = 10;
/** Answers to `Retry-After` of shed calls are spread by this, so that clients don't return together. */
const RETRY_JITTER = 0.5;
/** Closing answers: what came was not understood, or its rest was not read. */
const CLOSING = new Set([408, 413, 414, 431]);
const NO_PARAMETERS: Readonly<Record<string, string | undefined>> = Object.freeze(
  Object.create(null),
);
const NOT_FOUND_LABEL = 'unknown';

/** One request on its way through the edge: parsed, led to its route, answered, recorded. */
export class GatewayExchange implements Exchange {
  readonly requestId: string;
  readonly #edge: EdgeContext;
  readonly #incoming: EdgeRequest;
  readonly #startedAt: number;
  readonly #cancellation = new Cancellation();
  #request: RequestView;
  #parameters = NO_PARAMETERS;
  #head: Head | undefined;
  #place: Place | undefined;
  #bound: BoundRoute | undefined;
  #trace: Trace | undefined;
  #caller: Caller | undefined;
  #bodyRead = false;
  #unframed = true;

  constructor(edge: EdgeContext, incoming: EdgeRequest) {
    this.#edge = edge;
    this.#incoming = incoming;
    this.requestId = edge.options.host.ids.uuid();
    this.#startedAt = edge.options.host.clock.monotonic();
    this.#request = new RequestView(incoming.method, { path: incoming.target, query: '' });
  }

  get request(): RequestView {
    return this.#request;
  }
  get parameters(): Readonly<Record<string, string | undefined>> {
    return this.#parameters;
  }
  get origin(): string {
    return `${this.#secure ? 'https' : 'http'}://${this.#head?.host ?? this.#edge.authority}`;
  }
  /** Whether a body was announced that nobody read to its end. */
  get hasUnreadBody(): boolean {
    return !this.#bodyRead && (this.#head?.hasBody ?? true);
  }
  /** Bytes of it, where known. */
  get unreadBytes(): number {
    return this.hasUnreadBody ? (this.#head?.contentLength ?? Number.POSITIVE_INFINITY) : 0;
  }

  /** Answers; never rejects. Called once. */
  async respond(): Promise<EdgeResponse> {
    let reply: HttpReply;
    this.#edge.options.metrics.begin();
    try {
      this.#open();
      reply = this.#bound ? await this.#bound.route.handle(this) : this.#describe();
    } catch (error) {
      reply = this.#refuse(error);
    }
    return this.#finish(reply);
  }

  /** The client went away: ends the call within this turn. */
  abort(): void {
    this.#cancellation.cancel(new Failure('CANCELLED', 'cancelled', 'The client went away.'));
  }

  authenticate(presented?: PresentedCredential): Caller | Promise<Caller> {
    const caller = this.#edge.options.authenticator.authenticate(
      this.#knownHead(),
      this,
      presented,
    );
    if (!(caller instanceof Promise)) {
      this.#caller = caller;
      return caller;
    }
    return caller.then((checked) => {
      this.#caller = checked;
      return checked;
    });
  }

  admit(operation: Operation): void {
    const { listener, dispatcher } = this.#edge.options;
    if (!isPublishedOn(listener, operation)) throw refusePath();
    const caller = this.#knownCaller();
    if (
      caller.subject === undefined &&
      (listener === 'admin' || operation.exposure === 'partner')
    ) {
      const reason = { reason: 'credential-missing' };
      throw Failure.rejected('unauthenticated', 'Valid credentials are required.', reason);
    }
    if (operation.exposure === 'partner' && caller.consumer === undefined) {
      throw Failure.rejected(
        'forbidden',
        'Only applications with a key of their own may call this.',
      );
    }
    dispatcher.admit(operation, caller);
  }

  async body(limitBytes?: number): Promise<Uint8Array> {
    const { bodies, limits } = this.#edge.options;
    const limit = limitBytes ?? limits.bodyBytes;
    const bytes = await bodies.read(this.#incoming.body, this.#knownHead(), limit);
    this.#bodyRead = true;
    return bytes;
  }

  dispatch(operation: Operation, input: unknown, options?: EdgeCallOptions): Promise<unknown> {
    const { dispatcher, host } = this.#edge.options;
    const wanted = Math.max(DEADLINE_MS, operation.timeoutMs + DEADLINE_MARGIN_MS);
    return dispatcher.dispatch(operation, input, {
      caller: this.#knownCaller(),
      from: undefined,
      deadline: host.clock.monotonic() + Math.min(wanted, DEADLINE_MAX_MS),
      cancellation: this.#cancellation,
      key: options?.key,
      criticality: operation.criticality,
      trace: this.#knownTrace(),
      attempt: 1,
    });
  }

  /** Steps 1 to 3 of the order of enforcement: limits, form, route. */
  #open(): void {
    const { method, target, version, headers } = this.#incoming;
    const { limits, listener } = this.#edge.options;
    const head = parseHead(headers, limits);
    this.#head = head;
    checkFraming(head, method, version);
    const parsed = parseTarget(target, head.host, limits);
    this.#unframed = false;
    this.#request = new RequestView(method, parsed, head);
    if (listener === 'admin') this.#checkAuthority(head);
    if (method === 'OPTIONS' && parsed.path === '*') return;
    if (parsed.path === '*')
      throw Failure.rejected('malformed', 'Only OPTIONS has the target "*".');
    const found = this.#edge.router.find(parsed);
    if (!found) throw refusePath();
    this.#place = found.value;
    this.#parameters = found.parameters;
    this.#bound = routeFor(found.value, method);
  }

  /** Against DNS rebinding: a page whose name was made to point here says so in `Host` and `Origin`. */
  #checkAuthority(head: Head): void {
    const allowed = this.#edge.authorities;
    if (!allowed) return;
    const authority = head.host ?? this.#edge.authority;
    const foreign = head.origin !== undefined && !allowed.has(toAuthority(head.origin));
    if (!allowed.has(authority.toLowerCase()) || foreign) {
      throw Failure.rejected('forbidden', 'This listener answers only under its own addresses.');
    }
  }

  /** The answer to OPTIONS (RFC 9110 §9.3.7), to a CORS preflight too. */
  #describe(): HttpReply {
    const allow = this.#place?.allow.join(', ');
    return { status: 204, headers: allow === undefined ? {} : { allow } };
  }

  #refuse(error: unknown): HttpReply {
    const failure = Failure.from(error);
    if (failure.class === 'BUG') {
      const { log } = this.#edge.options;
      log.error({ requestId: this.requestId, error }, 'a request failed unexpectedly');
    }
    return this.#edge.refuse(failure, this.#request, this.requestId);
  }

  #finish(reply: HttpReply): EdgeResponse {
    const { method } = this.#incoming;
    const { cors } = this.#edge.options;
    const headers = toHeaders(reply, this.#secure);
    headers.push('x-request-id', this.requestId);
    headers.push('traceparent', formatTraceparent(this.#knownTrace()));
    if (reply.status >= 400) this.#completeRefusal(reply, headers);
    if (cors) {
      cors.apply(headers, this.#head?.origin);
      const preflight = method === 'OPTIONS' && this.#head?.get('access-control-request-method');
      if (preflight && this.#place) {
        cors.preflight(headers, this.#head?.origin, this.#place.allow.join(', '));
      }
    }
    const length = bodyLength(reply.body);
    const bodiless = isBodiless(reply.status);
    if (!bodiless) headers.push('content-length', String(length));
    this.#record(reply.status, method === 'HEAD' || bodiless ? 0 : length);
    return {
      status: reply.status,
      headers,
      body: method === 'HEAD' || bodiless ? undefined : reply.body,
      close: this.#unframed || CLOSING.has(reply.status),
    };
  }

  /** What every refusal of its kind must have, whichever binding wrote it. */
  #completeRefusal(reply: HttpReply, headers: string[]): void {
    const { status, headers: own } = reply;
    const { host, realm } = this.#edge.options;
    if (status === 401 && own['www-authenticate'] === undefined) {
      for (const challenge of challengesFor(realm, this.#head)) {
        headers.push('www-authenticate', challenge);
      }
    }
    if (status === 405 && own.allow === undefined) {
      headers.push('allow', (this.#place?.allow ?? []).join(', '));
    }
    const retryAfter = own['retry-after'];
    if (status === 503 && typeof retryAfter === 'string') {
      const factor = 1 - RETRY_JITTER + 2 * RETRY_JITTER * host.random.float();
      const position = headers.indexOf('retry-after');
      headers[position + 1] = String(Math.max(1, Math.round(Number(retryAfter) * factor)));
    }
  }

  #record(status: number, bytes: number): void {
    const { host, accessLog, metrics } = this.#edge.options;
    const durationMs = host.clock.monotonic() - this.#startedAt;
    const label = this.#bound?.route.label ?? this.#place?.path ?? NOT_FOUND_LABEL;
    const binding = this.#bound?.binding ?? 'platform';
    const recorded = this.#cancellation.reason ? 499 : status;
    metrics.record(label, binding, { status: recorded, durationMs });
    accessLog.write({
      requestId: this.requestId,
      clientRequestId: this.#head?.get('x-request-id'),
      listener: this.#edge.options.listener,
      method: this.#incoming.method,
      route: label,
      status: recorded,
      durationMs,
      bytes,
      caller: this.#caller,
      traceId: this.#knownTrace().traceId,
    });
  }

  get #secure(): boolean {
    if (this.#incoming.secure) return true;
    const { addresses } = this.#edge.options;
    return (
      addresses.isTrusted(this.#incoming.peer) &&
      this.#head?.get('x-forwarded-proto')?.toLowerCase() === 'https'
    );
  }

  #knownTrace(): Trace {
    this.#trace ??= toTrace(this.#head?.get('traceparent'), this.requestId);
    return this.#trace;
  }

  /** The client's address, behind however many of our own proxies. */
  clientAddress(): string {
    const forwardedFor = this.#head?.get('x-forwarded-for');
    return this.#edge.options.addresses.clientAddress(this.#incoming.peer, forwardedFor);
  }

  #knownHead(): Head {
    if (this.#head) return this.#head;
    throw new Error('An exchange is used before its request was parsed.');
  }

  #knownCaller(): Caller {
    if (this.#caller) return this.#caller;
    throw new Error('A binding used an exchange before it asked it to authenticate.');
  }
}

/** The route for a method; `undefined` for OPTIONS. @throws {Failure} `method-not-allowed`. */
function routeFor(place: Place, method: string): BoundRoute | undefined {
  const bound = place.routes.get(method) ?? (method === 'HEAD' && place.routes.get('GET'));
  if (bound) return bound;
  if (method === 'OPTIONS') return undefined;
  throw refuseMethod(method, place.allow);
}

function toAuthority(origin: string): string {
  return origin.toLowerCase().replace(/^https?:\/\//, '');
}
