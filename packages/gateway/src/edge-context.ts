import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Binding, Dispatcher, HttpReply, HttpRequest } from '@portico/service/spi';
import type { Authenticator } from './authentication/authenticator.ts';
import type { AddressBook } from './http/address.ts';
import type { BodyReader } from './http/body.ts';
import type { Cors } from './http/cors.ts';
import type { HttpLimits } from './http/limits.ts';
import type { Router } from './http/router.ts';
import type { ListenerName } from './options.ts';
import type { Place } from './places.ts';
import type { AccessLog } from './platform/access-log.ts';
import type { RequestMetrics } from './platform/metrics.ts';

/** What one listener is made from. */
export interface EdgeOptions {
  readonly listener: ListenerName;
  readonly realm: string;
  readonly host: Host;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly places: ReadonlyMap<string, Place>;
  readonly bindings: readonly Binding[];
  readonly dispatcher: Dispatcher;
  readonly authenticator: Authenticator;
  readonly addresses: AddressBook;
  readonly bodies: BodyReader;
  readonly cors: Cors | undefined;
  readonly accessLog: AccessLog;
  readonly metrics: RequestMetrics;
  /** True from the beginning of a drain on. */
  readonly draining: () => boolean;
}

/** What an exchange needs of its listener. */
export interface EdgeContext {
  readonly options: EdgeOptions;
  readonly router: Router<Place>;
  /** Used where a request names no host (HTTP/1.0). Known once bound. */
  readonly authority: string;
  /** Authorities that requests may name; `undefined`: any. Known once bound. */
  readonly authorities: ReadonlySet<string> | undefined;
  /** A refusal in the form of the binding that owns the path. */
  refuse(failure: unknown, request: HttpRequest, requestId: string): HttpReply;
}
