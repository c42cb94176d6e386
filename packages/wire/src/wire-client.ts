import type { Socket } from 'node:net';
import { type Api, Failure, type Operation } from '@portico/contract';
import { createDeadlineWheel, type Timer } from '@portico/host';
import type { Call, Logger } from '@portico/service';
import type { Replica, ReplicaState } from '@portico/service/spi';
import { dial, formatAddress, type WireAddress } from './address.ts';
import { ClientConnection } from './client-connection.ts';
import { HANDSHAKE_LIMIT_MS } from './flow-control.ts';
import { dialHandshake, type HandshakeOptions } from './handshake.ts';
import { Link, type LinkEvents } from './link.ts';
import { describeUses } from './operation-table.ts';
import type { CallerTokens } from './peer.ts';
import { createPenalties } from './penalties.ts';

/** What {@link connectReplica} needs. */
export interface ConnectOptions extends HandshakeOptions {
  readonly log: Logger;
  /** The replica that should answer: `cart-2`. Another one is not spoken to. */
  readonly name: string;
  /** Asked at each dialling, so that new certificates are used. */
  readonly address: WireAddress | (() => WireAddress);
  /** The APIs that this process may call there, as it has them. */
  readonly uses: readonly Api[];
  readonly tokens: CallerTokens;
  /**
   * Whether somebody is known to listen there. Default: yes. Where nobody may, a refused connection is no
   * news.
   */
  readonly expected?: boolean;
}

/** A replica in another process, reached over the wire. */
export interface WireReplica extends Replica {
  /** Runs `listener` whenever state or suspicion have changed. Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** No new calls; the connection ends when those under way have ended. Never dialled again. */
  leave(): void;
  /** Leaves, and resolves when the connection is gone: after {@link leave}, or at once with `now`. */
  close(options?: { readonly now?: boolean }): Promise<void>;
}

/** The first redial comes after this … */
const REDIAL_MIN_MS = 100;
/** … and each doubles it up to this, half of it by chance: a restart is not met by everyone at once. */
const REDIAL_MAX_MS = 2_000;

/** Connects to a replica, and again whenever the connection is lost, until it is left. */
export function connectReplica(options: ConnectOptions): WireReplica {
  return new Connector(options);
}

class Connector implements WireReplica {
  readonly name: string;
  readonly #options: ConnectOptions;
  readonly #log: Logger;
  readonly #wheel: ReturnType<typeof createDeadlineWheel>;
  readonly #penalties: ReturnType<typeof createPenalties>;
  readonly #listeners = new Set<() => void>();
  readonly #gone = Promise.withResolvers<void>();
  #connection: ClientConnection | undefined;
  #link: Link | undefined;
  #socket: Socket | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  /** It is written down that there is no connection. */
  #told = false;
  #left = false;

  constructor(options: ConnectOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = options.log.child({ replica: options.name });
    this.#wheel = createDeadlineWheel(options.host);
    this.#penalties = createPenalties(options.host);
    this.#dial();
  }

  get state(): ReplicaState {
    if (this.#left) return 'closed';
    if (!this.#connection) return 'connecting';
    return this.#connection.draining ? 'draining' : 'ready';
  }

  get suspect(): boolean {
    return this.#link?.suspect === true;
  }

  get load(): number {
    return this.#connection?.load ?? 0;
  }

  get inFlight(): number {
    return this.#connection?.inFlight ?? 0;
  }

  serves(operation: Operation): boolean {
    return this.#connection?.serves(operation) === true;
  }

  call(operation: Operation, input: unknown, call: Call): Promise<unknown> {
    if (this.#connection !== undefined && !this.#left) {
      return this.#connection.call(operation, input, call);
    }
    const message = `There is no connection to "${this.name}".`;
    return Promise.reject(new Failure('NOT_SENT', 'not-connected', message));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#timer?.cancel();
    if (this.#connection) this.#connection.leave();
    else if (this.#link) this.#link.destroy('The replica was left.');
    else if (this.#socket) this.#socket.destroy();
    else this.#finish();
    this.#changed();
  }

  close({ now = false } = {}): Promise<void> {
    this.leave();
    if (now) this.#link?.destroy('The replica was left.');
    return this.#gone.promise;
  }

  #dial(): void {
    const { address } = this.#options;
    const target = typeof address === 'function' ? address() : address;
    const { timers } = this.#options.host;
    const limit = timers.after(HANDSHAKE_LIMIT_MS, () => {
      socket.destroy(new Error(`No connection within ${HANDSHAKE_LIMIT_MS / 1_000} s.`));
    });
    let problem = 'The connection was refused.';
    let isRefused = false;
    const onError = (error: NodeJS.ErrnoException) => {
      problem = error.message;
      isRefused = error.code === 'ECONNREFUSED';
    };
    const onClose = () => {
      limit.cancel();
      this.#socket = undefined;
      this.#lost(`${formatAddress(target)}: ${problem}`, isRefused);
    };
    const socket = dial(target, () => {
      limit.cancel();
      socket.off('error', onError);
      socket.off('close', onClose);
      this.#greet(socket);
    });
    socket.once('error', onError);
    socket.once('close', onClose);
    this.#socket = socket;
  }

  async #greet(socket: Socket): Promise<void> {
    const { host, uses, tokens } = this.#options;
    const link = new Link(socket, host, this.#eventsOf());
    this.#link = link;
    if (this.#left) return link.destroy('The replica was left.');
    try {
      const session = await dialHandshake(link, { ...this.#options, uses: describeUses(uses) });
      if (link.ended) return;
      const connection = new ClientConnection({
        ...{ link, session, host, tokens, uses },
        wheel: this.#wheel,
        onChange: () => this.#changed(),
      });
      link.frameMax = session.frameMax;
      link.events = this.#eventsOf(connection);
      link.startKeepalive();
      this.#connection = connection;
      this.#failures = 0;
      this.#told = false;
      this.#log.info({ peer: session.peer.replica }, 'Connected.');
      this.#changed();
      link.resumeReading();
    } catch {
      // The link has ended and has said why.
    }
  }

  #eventsOf(connection?: ClientConnection): LinkEvents {
    return {
      onFrame: (frame) => connection?.receive(frame),
      onBreach: (error) => {
        const { refused, log } = this.#penalties.strike(this.name);
        if (refused) this.#log.error({ err: error }, 'Not dialled for a minute: third breach.');
        else if (log) this.#log.warn({ err: error }, 'The other side broke the protocol.');
      },
      onClosed: (reason) => {
        this.#connection = undefined;
        this.#link = undefined;
        this.#socket = undefined;
        connection?.close(reason);
        this.#lost(reason);
      },
      onSuspect: () => this.#changed(),
      isBusy: () => connection !== undefined && connection.inFlight > 0,
    };
  }

  #lost(reason: string, isRefused = false): void {
    if (this.#left) {
      this.#finish();
      return;
    }
    const isNews = this.#options.expected !== false || !isRefused;
    if (isNews && !this.#told) {
      this.#told = true;
      this.#log.warn({ reason }, 'Not connected; dialling again.');
    }
    this.#changed();
    this.#redial();
  }

  #redial(): void {
    const { timers, random } = this.#options.host;
    const baseMs = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    const delayMs = baseMs / 2 + random.float() * (baseMs / 2);
    this.#timer = timers.after(Math.max(delayMs, this.#penalties.refusedMs(this.name)), () =>
      this.#dial(),
    );
  }

  #finish(): void {
    this.#wheel.stop();
    this.#gone.resolve();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
