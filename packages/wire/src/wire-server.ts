import { chmodSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, type Server, type Socket } from 'node:net';
import type { Api, Operation } from '@portico/contract';
import type { Logger } from '@portico/service';
import {
  createServerFor,
  formatAddress,
  type TlsMaterial,
  tlsSettings,
  type WireAddress,
} from './address.ts';
import { IN_FLIGHT_MAX } from './flow-control.ts';
import { acceptHandshake, type HandshakeOptions } from './handshake.ts';
import { Link, type LinkEvents } from './link.ts';
import { type LoopLag, watchLoopLag } from './loop-lag.ts';
import { numberOperations } from './operation-table.ts';
import type { CallerTokens, Peer } from './peer.ts';
import { createPenalties } from './penalties.ts';
import { ProtocolError } from './protocol-error.ts';
import type { WireDispatcher } from './served-call.ts';
import { ServerConnection } from './server-connection.ts';

/** What {@link createWireServer} needs. */
export interface WireServerOptions extends HandshakeOptions {
  readonly log: Logger;
  readonly listen: WireAddress;
  /** What is served here. */
  readonly apis: readonly Api[];
  readonly dispatcher: WireDispatcher;
  /**
   * Whether a peer may call an operation in the name of the service `from` (`undefined`: a gateway, at
   * the edge). That it may speak for `from` has been seen to.
   */
  readonly allows: (peer: Peer, from: string | undefined, operation: Operation) => boolean;
  readonly tokens: CallerTokens;
  /** The part of its limit that is in use, 0 to 1: told with each answer. */
  readonly load: () => number;
  /** How late the event loop is at this moment: it counts against the time of calls. Default: measured. */
  readonly lagMs?: () => number;
  /** Calls that one connection may have unanswered. Default 256. */
  readonly maxInFlight?: number;
}

/** Calls from other processes, taken in. */
export interface WireServer {
  /** Resolves when connections are accepted. @throws {Error} naming an address that cannot be had. */
  start(): Promise<void>;
  /** Where it listens: with the port that was given, where 0 was asked for. */
  readonly address: WireAddress;
  /** Peers that have proven who they are and are connected. */
  readonly connections: readonly { readonly peer: Peer; readonly inFlight: number }[];
  /** Allows every connection, and those to come, another number of unanswered calls. */
  setCredit(maxInFlight: number): void;
  /** New certificates, for connections to come. */
  renewTls(tls: TlsMaterial): void;
  /**
   * Accepts nobody any more, refuses what arrives later, and resolves when every call has been answered
   * and the callers have gone; after `graceMs` (30 s) what is left is cancelled.
   */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** Longer than any call may take that is worth waiting for (runtime: drain). */
const GRACE_MS = 30_000;

/** Makes a server that answers calls of other processes with what `dispatcher` says. */
export function createWireServer(options: WireServerOptions): WireServer {
  return new Acceptor(options);
}

class Acceptor implements WireServer {
  address: WireAddress;
  readonly #options: WireServerOptions;
  readonly #served: ReturnType<typeof numberOperations>;
  readonly #penalties: ReturnType<typeof createPenalties>;
  readonly #links = new Set<Link>();
  readonly #connections = new Map<Link, ServerConnection>();
  readonly #server: Server;
  readonly #lag: LoopLag | undefined;
  readonly #lagMs: () => number;
  #maxInFlight: number;
  #draining = false;
  #stopped: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: WireServerOptions) {
    this.#options = options;
    this.address = options.listen;
    this.#served = numberOperations(options.apis);
    this.#penalties = createPenalties(options.host);
    this.#maxInFlight = options.maxInFlight ?? IN_FLIGHT_MAX;
    this.#lag = options.lagMs ? undefined : watchLoopLag(options.host);
    this.#lagMs = options.lagMs ?? (() => this.#lag?.readMs() ?? 0);
    this.#server = createServerFor(options.listen, (socket) => void this.#accept(socket));
  }

  get connections(): readonly ServerConnection[] {
    return [...this.#connections.values()];
  }

  async start(): Promise<void> {
    const { listen } = this.#options;
    if ('path' in listen) await removeLeftover(listen.path);
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (problem) => {
        reject(new Error(`Cannot listen on ${formatAddress(listen)}: ${problem.message}`));
      });
      const target = 'path' in listen ? listen.path : { host: listen.host, port: listen.port };
      server.listen(target, resolve);
    });
    if ('path' in listen) chmodSync(listen.path, 0o600);
    else this.address = { ...listen, port: (server.address() as AddressInfo).port };
    server.on('error', (err) => this.#options.log.error({ err }, 'The listening socket failed.'));
  }

  setCredit(maxInFlight: number): void {
    this.#maxInFlight = maxInFlight;
    for (const connection of this.#connections.values()) connection.setCredit(maxInFlight);
  }

  renewTls(tls: TlsMaterial): void {
    if ('setSecureContext' in this.#server) {
      (this.#server as import('node:tls').Server).setSecureContext(tlsSettings(tls));
    }
  }

  async drain({ graceMs = GRACE_MS } = {}): Promise<void> {
    this.#draining = true;
    const closed = this.#stopListening();
    for (const connection of this.#connections.values()) connection.goAway('draining');
    for (const link of this.#links) {
      if (!this.#connections.has(link)) link.destroy('This process is about to stop.');
    }
    const { timers } = this.#options.host;
    await new Promise<void>((resolve) => {
      const grace = timers.after(graceMs, () => this.#onEmpty?.());
      this.#onEmpty = () => {
        grace.cancel();
        resolve();
      };
      if (this.#links.size === 0) this.#onEmpty();
    });
    for (const link of this.#links) link.destroy('The time to answer is over.');
    await closed;
    this.#lag?.stop();
  }

  async close(): Promise<void> {
    this.#draining = true;
    const closed = this.#stopListening();
    for (const link of this.#links) link.destroy('This process stops.');
    await closed;
    this.#lag?.stop();
  }

  /** Resolves when no socket is left. */
  #stopListening(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => this.#server.close(() => resolve()));
    return this.#stopped;
  }

  async #accept(socket: Socket): Promise<void> {
    const { host, log } = this.#options;
    const link = new Link(
      socket,
      host,
      this.#eventsOf(() => link),
    );
    if (this.#draining) return link.destroy('This process is about to stop.');
    this.#links.add(link);
    socket.once('close', () => {
      this.#links.delete(link);
      if (this.#links.size === 0) this.#onEmpty?.();
    });
    try {
      const session = await acceptHandshake(link, {
        ...this.#options,
        table: this.#served.table,
        maxInFlight: this.#maxInFlight,
        admit: (peer) => this.#assertWelcome(peer),
      });
      if (link.ended) return;
      const connection = new ServerConnection({
        ...this.#options,
        ...{ link, session, operations: this.#served.operations },
        lagMs: this.#lagMs,
        maxInFlight: this.#maxInFlight,
      });
      link.frameMax = session.frameMax;
      link.events = this.#eventsOf(() => link, connection);
      link.startKeepalive();
      this.#connections.set(link, connection);
      log.info({ peer: session.peer.replica }, 'A peer has connected.');
      if (this.#draining) connection.goAway('draining');
      link.resumeReading();
    } catch {
      // The link has ended and has said why.
    }
  }

  /** @throws {ProtocolError} when this peer broke the protocol three times within a minute. */
  #assertWelcome({ replica }: Peer): void {
    const refusedMs = this.#penalties.refusedMs(replica);
    if (refusedMs === 0) return;
    const seconds = Math.ceil(refusedMs / 1_000);
    throw new ProtocolError(`"${replica}" broke the protocol: refused for ${seconds} s more.`);
  }

  #eventsOf(linkOf: () => Link, connection?: ServerConnection): LinkEvents {
    return {
      onFrame: (frame) => connection?.receive(frame),
      onBreach: (error) => this.#noteBreach(error, connection?.peer),
      onClosed: (reason) => {
        this.#connections.delete(linkOf());
        connection?.close(reason);
      },
      isBusy: () => connection !== undefined && connection.inFlight > 0,
    };
  }

  /** Whoever has not proven who it is gets no penalty that would fall on somebody else. */
  #noteBreach(error: ProtocolError, peer: Peer | undefined): void {
    const { log } = this.#options;
    const name = peer?.replica ?? 'not known yet';
    const strike = this.#penalties.strike(peer?.replica ?? '');
    if (strike.refused && peer) {
      log.error({ peer: name, err: error }, 'A peer is refused for a minute: third breach.');
    } else if (strike.log) {
      log.warn({ peer: name, err: error }, 'A peer broke the protocol.');
    }
  }
}

/** A socket file stays when its process is killed. @throws {Error} when somebody listens on it. */
async function removeLeftover(path: string): Promise<void> {
  const listens = await new Promise<boolean>((resolve) => {
    const probe = connect({ path }, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (listens) throw new Error(`Cannot listen on ${path}: another process does.`);
  rmSync(path, { force: true });
}
