import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Caller } from '@portico/service';
import { CALLERS_MAX, type CallerFrame } from './caller-frame.ts';
import type { CallerToken, CallerTokens } from './peer.ts';

/** A call lives no longer: a token with less than this left is asked for anew. */
const CALL_MAX_MS = 60_000;
/** Where no newer token can be had (a service cannot make one), it is not asked for at each call. */
const RETRY_MS = 1_000;

interface Entry {
  readonly key: string;
  /** -1 when the number has got another meaning. */
  number: number;
  /** On the monotonic clock: until when nobody has to be asked. */
  freshUntil: number;
}

/** What {@link CallerNumbers} is made of. */
export interface CallerNumbersOptions {
  readonly tokens: CallerTokens;
  readonly clock: Clock;
  /** Sends a CALLER frame. */
  readonly announce: (frame: CallerFrame) => void;
}

/**
 * The dialler's names for callers on one connection: each is announced once, and then a number. The same
 * object of a caller is found without asking anybody.
 */
export class CallerNumbers {
  readonly #options: CallerNumbersOptions;
  readonly #byCaller = new Map<string | undefined, WeakMap<Caller, Entry>>();
  /** By service and token, oldest first: other objects may mean the same caller. */
  readonly #byKey = new Map<string, Entry>();
  #lastCaller: Caller | undefined = undefined;
  #lastFrom: string | undefined = undefined;
  #last: Entry | undefined = undefined;

  constructor(options: CallerNumbersOptions) {
    this.#options = options;
  }

  /** The number of a caller that has one and is fresh; -1 otherwise. */
  find(caller: Caller, from: string | undefined, now: number): number {
    const last = this.#last;
    if (caller === this.#lastCaller && from === this.#lastFrom && last && now < last.freshUntil) {
      return last.number;
    }
    const entry = this.#byCaller.get(from)?.get(caller);
    if (entry === undefined || now >= entry.freshUntil) return -1;
    this.#lastCaller = caller;
    this.#lastFrom = from;
    this.#last = entry;
    return entry.number;
  }

  /**
   * Gets the token of a caller and announces it, after which {@link find} knows it; at once where the
   * token is there.
   * @throws {Failure} when the token has expired, or may not be had.
   */
  announce(caller: Caller, from: string | undefined): Promise<void> | undefined {
    const made = this.#options.tokens.tokenFor(caller, from);
    if (!(made instanceof Promise)) {
      this.#take({ caller, from, made });
      return undefined;
    }
    return made.then((token) => this.#take({ caller, from, made: token }));
  }

  #take(taken: {
    readonly caller: Caller;
    readonly from: string | undefined;
    readonly made: CallerToken;
  }): void {
    const { caller, from, made } = taken;
    const freshUntil = this.#freshUntil(made.expiresAt);
    const key = `${from ?? ''}\n${made.token ?? ''}`;
    let entry = this.#byKey.get(key);
    if (entry) entry.freshUntil = freshUntil;
    else {
      entry = { key, number: this.#freeNumber(), freshUntil };
      this.#byKey.set(key, entry);
      this.#options.announce({ number: entry.number, from, token: made.token });
    }
    let callers = this.#byCaller.get(from);
    if (!callers) {
      callers = new WeakMap();
      this.#byCaller.set(from, callers);
    }
    callers.set(caller, entry);
    // It may have been another entry's, whose number has another meaning now.
    this.#last = undefined;
  }

  #freshUntil(expiresAt: number | undefined): number {
    if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
    const { clock } = this.#options;
    const leftMs = expiresAt - clock.now();
    if (leftMs <= 0) {
      throw Failure.rejected('unauthenticated', "The caller's token has expired.", {
        reason: 'token-expired',
      });
    }
    const freshMs = Math.max(leftMs - CALL_MAX_MS, Math.min(leftMs, RETRY_MS));
    return clock.monotonic() + freshMs;
  }

  /** The next one that was never used, then that of the caller who was announced first. */
  #freeNumber(): number {
    if (this.#byKey.size < CALLERS_MAX) return this.#byKey.size;
    const [oldest] = this.#byKey.values();
    if (!oldest) return 0;
    this.#byKey.delete(oldest.key);
    const { number } = oldest;
    oldest.number = -1;
    return number;
  }
}
