import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Caller } from '@portico/service';
import type { CallerFrame } from './caller-frame.ts';
import type { CallerTokens, Peer } from './peer.ts';

/** Who a number means: known, still being verified, or refused. */
export interface KnownCaller {
  /** The service that calls; `undefined` at the edge. */
  readonly from: string | undefined;
  caller: Caller | Promise<Caller> | Failure;
}

/** The callers that the dialler of one connection has announced, as the acceptor holds them. */
export class CallerBook {
  readonly #known: (KnownCaller | undefined)[] = [];
  readonly #peer: Peer;
  readonly #tokens: CallerTokens;
  readonly #clock: Clock;

  constructor(peer: Peer, tokens: CallerTokens, clock: Clock) {
    this.#peer = peer;
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** From here on a number means this caller; earlier requests keep who it meant when they came. */
  take(frame: CallerFrame): void {
    const known: KnownCaller = { from: frame.from, caller: this.#callerOf(frame) };
    this.#known[frame.number] = known;
    if (!(known.caller instanceof Promise)) return;
    known.caller = known.caller.then(
      (caller) => {
        known.caller = caller;
        return caller;
      },
      () => {
        const refusal = refuseToken();
        known.caller = refusal;
        throw refusal;
      },
    );
    // Whoever calls under it is told; that nobody does is no mistake.
    known.caller.catch(() => {});
  }

  /** @throws {Failure} when the number is unknown, or its token has expired or was not believed. */
  find(number: number): KnownCaller {
    const known = this.#known[number];
    if (!known) {
      throw Failure.rejected('unauthenticated', `Nobody was announced as caller ${number}.`);
    }
    const { caller } = known;
    if (caller instanceof Failure) throw caller;
    if (caller instanceof Promise || caller.expires === undefined) return known;
    if (caller.expires > this.#clock.now()) return known;
    throw Failure.rejected('unauthenticated', "The caller's token has expired.", {
      reason: 'token-expired',
    });
  }

  #callerOf({ from, token }: CallerFrame): Caller | Promise<Caller> | Failure {
    const { replica, services, gateway } = this.#peer;
    if (from === undefined ? !gateway : !services.includes(from)) {
      const whom = from === undefined ? 'for nobody' : `for "${from}"`;
      return Failure.rejected('forbidden', `"${replica}" may not speak ${whom}.`);
    }
    if (token === undefined) return from === undefined ? ANONYMOUS : toServiceCaller(from);
    try {
      return this.#tokens.callerOf(token, this.#peer);
    } catch {
      return refuseToken();
    }
  }
}

function refuseToken(): Failure {
  return Failure.rejected('unauthenticated', "The caller's token is not to be believed.");
}

const NO_PERMISSIONS: ReadonlySet<string> = new Set();
const ANONYMOUS: Caller = Object.freeze({ permissions: NO_PERMISSIONS, via: 'anonymous' });

function toServiceCaller(name: string): Caller {
  return Object.freeze({
    subject: `service:${name}`,
    permissions: NO_PERMISSIONS,
    via: 'service',
  });
}
