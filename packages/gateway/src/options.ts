import type { Api } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Binding, Dispatcher } from '@portico/service/spi';
import type { Issuer } from './authentication/issuer.ts';
import type { KeySource } from './authentication/key-source.ts';
import type { CorsPolicy } from './http/cors.ts';
import type { HttpLimits } from './http/limits.ts';
import type { Gauge } from './platform/gauges.ts';

/** What the gateway of a system trusts, and whom it lets in. Declared in `system.ts`. */
export interface GatewayPolicy {
  /** Whose tokens are believed. Without any, no token is. */
  readonly issuers: readonly Issuer[];
  /** Role → permissions; `orders:*` and `*` allowed here. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Where consumers' keys are looked up. Without it, no key is known. */
  readonly keys?: KeySource;
  /** Off by default. */
  readonly cors?: CorsPolicy;
  /** Addresses and networks of our own proxies, whose `X-Forwarded-For` and `-Proto` count. */
  readonly trustedProxies?: readonly string[];
}

/** Where a listener is bound. */
export interface ListenerAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM files; read again when they change. */
  readonly tls?: TlsFiles;
  /** A socket that is bound to this address already: a descriptor that this process was given. */
  readonly descriptor?: number;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Whether requests should be sent here. */
export interface Readiness {
  readonly ready: boolean;
  /** Shown on the admin listener only. */
  readonly checks?: unknown;
}

/** The two listeners of a gateway. */
export type ListenerName = 'public' | 'admin';

/** What a gateway is made from. */
export interface GatewayOptions {
  /** The system's name: part of key prefixes and realms. */
  readonly system: string;
  readonly version?: string;
  readonly host: Host;
  readonly log: Logger;
  readonly apis: readonly Api[];
  readonly dispatcher: Dispatcher;
  /** The first one answers what belongs to none of them (unknown paths). */
  readonly bindings: readonly Binding[];
  readonly policy: GatewayPolicy;
  readonly listeners: Readonly<Record<ListenerName, ListenerAddress>>;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /**
   * All figures that `/metrics` shows, asked each time that is read: the gateway's `own`, with those of what
   * runs behind it. Default: its own.
   */
  readonly gauges?: (own: readonly Gauge[]) => Promise<readonly Gauge[]>;
  /** The name of its process, where there are others: a label of what `/metrics` tells of the process. */
  readonly process?: string;
  /** Where a line per request goes: a log, nowhere (`false`), or `log` itself. */
  readonly accessLog?: Logger | false;
  /** For tests and special cases; the defaults are {@link HTTP_LIMITS}. */
  readonly limits?: Partial<HttpLimits>;
}
