import type { Api, Operation } from '@portico/contract';
import type { Caller } from './caller.ts';

/** An HTTP message as bindings see it; no server's own types. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it came, undecoded, without the query. */
  readonly path: string;
  /** What follows `?`, undecoded; empty without one. */
  readonly query: string;
  /** One header by its lower-case name; repeated ones joined as RFC 9110 §5.3 says. */
  header(name: string): string | undefined;
}

/** An answer as bindings make it; no server's own types. */
export interface HttpReply {
  readonly status: number;
  /** Lower-case names. `content-length` is added by the server. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** Credentials found in the message itself (WS-Security), for the gateway to check. */
export interface PresentedCredential {
  readonly username: string;
  readonly password: string;
}

/** What a binding passes with a call. */
export interface EdgeCallOptions {
  /** From `Idempotency-Key` or its like. */
  readonly key?: string | undefined;
}

/** One request on its way through the edge. The binding translates; the gateway decides. */
export interface Exchange {
  readonly request: HttpRequest;
  /** Decoded path parameters, by the names in {@link Route.path}. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  /** Ours, not the client's: in the answer, the log, and problem `instance`s. */
  readonly requestId: string;
  /** `http://127.0.0.1:8080`, for absolute links in documents and `Location`. */
  readonly origin: string;
  /**
   * Checks what credentials came: HTTP ones always, `presented` beside them.
   * @throws {Failure} `unauthenticated`, `OVERLOADED`.
   */
  authenticate(presented?: PresentedCredential): Caller | Promise<Caller>;
  /**
   * Standing, exposure and permission of the authenticated caller; then limits.
   * @throws {Failure} `forbidden`, `unauthenticated`, `OVERLOADED`.
   */
  admit(operation: Operation): void | Promise<void>;
  /**
   * The request's body, inflated where allowed.
   * @throws {Failure} `too-large`, `malformed`, `unsupported-media-type`.
   */
  body(limitBytes?: number): Promise<Uint8Array>;
  /**
   * Calls the admitted operation.
   * @throws {Failure}
   */
  dispatch(operation: Operation, input: unknown, options?: EdgeCallOptions): Promise<unknown>;
}

/** One place the gateway's router leads to. */
export interface Route {
  readonly method: string;
  /** Segments, `{name}` for a parameter: `/inventory/v1/stock/{sku}`. */
  readonly path: string;
  /** For logs and metrics: the operation's id, or the document's name. */
  readonly label: string;
  handle(exchange: Exchange): Promise<HttpReply>;
}

/** What a listener serves of one API. */
export interface PublishedApi {
  readonly api: Api;
  readonly operations: readonly Operation[];
}

/** A document about published APIs, for `/.well-known/api-catalog` (RFC 9727). */
export interface DocumentLink {
  /** Path below the origin. */
  readonly path: string;
  readonly mediaType: string;
  /** The API it describes; `undefined` when it is about all of them. */
  readonly api: string | undefined;
  /** The root of the endpoints that it describes. */
  readonly anchor: string;
}

/** What a listener hands to its bindings. */
export interface PublishedSystem {
  /** The system's name. */
  readonly name: string;
  readonly apis: readonly PublishedApi[];
}

/** How operations are reached over HTTP: REST, SOAP. Translates, decides nothing. */
export interface Binding {
  readonly name: string;
  routes(system: PublishedSystem): readonly Route[];
  documents(system: PublishedSystem): readonly DocumentLink[];
  /** The answer, in this binding's form, to a request that never reached a route of its own. */
  refuse(failure: unknown, request: HttpRequest, requestId: string): HttpReply;
}
