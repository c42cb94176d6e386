import type { Host } from '@portico/host';

/** As long as a wait that is too long: what came in the same packet has then waited for it, too. */
const TURN_MAX_MS = 5;

/**
 * The present turn of the event loop, for all services of a process. Handlers that never pause would
 * otherwise take all of a packet one after the other, with no queue that anybody could be shed from, and with
 * no look at who has given up meanwhile.
 */
export class Turn {
  readonly clock: Host['clock'];
  readonly #timers: Host['timers'];
  #startedAt: number | undefined;

  constructor({ clock, timers }: Pick<Host, 'clock' | 'timers'>) {
    this.clock = clock;
    this.#timers = timers;
  }

  /** Whether calls have taken so much of this turn that others wait for the next. */
  isLong(): boolean {
    const now = this.clock.monotonic();
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      this.#timers.after(0, this.#end, { background: true });
      return false;
    }
    return now - this.#startedAt > TURN_MAX_MS;
  }

  /** Runs `action` when the input that is ready by now has been read. */
  next(action: () => void): void {
    const begin = () => {
      // Whatever else may be late, this is another turn.
      this.#end();
      action();
    };
    this.#timers.after(0, begin, { background: true });
  }

  readonly #end = (): void => {
    this.#startedAt = undefined;
  };
}
