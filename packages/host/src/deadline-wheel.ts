import type { Timer } from './clock.ts';
import type { Host } from './host.ts';

/** Something that ends early when its time is over. The links belong to the wheel. */
export interface Due {
  /** On the host's monotonic clock, in ms. */
  readonly deadline: number;
  nextDue: Due | undefined;
  previousDue: Due | undefined;
  /** The slot it waits in; -1 while it waits in none. */
  slot: number;
  onDue(): void;
}

/** How late a deadline may be noticed; no promise of ours is finer than 100 ms. */
const SLOT_MS = 4;
/** A power of two. One turn of the wheel is 4 s, a little more than the time most calls may take. */
const SLOTS = 1024;

/** Deadlines of the calls in flight. */
export interface DeadlineWheel {
  add(due: Due): void;
  remove(due: Due): void;
  /** Stops its timer. Deadlines are not noticed any more. */
  stop(): void;
}

/**
 * A hashed wheel with one timer for all calls: adding and removing is a few assignments, because
 * nearly every call ends long before its deadline. The timer is armed for the earliest slot ever
 * added since it last ran, and not disarmed when that call ends.
 */
export function createDeadlineWheel(host: Pick<Host, 'clock' | 'timers'>): DeadlineWheel {
  const slots: (Due | undefined)[] = new Array(SLOTS).fill(undefined);
  let armedTick = Number.POSITIVE_INFINITY;
  let timer: Timer | undefined;

  const arm = (tick: number) => {
    timer?.cancel();
    armedTick = tick;
    const delayMs = Math.max(0, tick * SLOT_MS - host.clock.monotonic());
    timer = host.timers.after(delayMs, run, { background: true });
  };
  const run = () => {
    const now = host.clock.monotonic();
    const from = armedTick;
    const to = Math.floor(now / SLOT_MS);
    armedTick = Number.POSITIVE_INFINITY;
    timer = undefined;
    // After a stall longer than a turn every slot is looked at once.
    for (let tick = from; tick <= Math.min(to, from + SLOTS - 1); tick++) {
      expire(slots, tick & (SLOTS - 1), now);
    }
    for (let tick = to + 1; tick <= to + SLOTS; tick++) {
      if (slots[tick & (SLOTS - 1)] === undefined) continue;
      if (tick < armedTick) arm(tick);
      break;
    }
  };
  return {
    add(due) {
      if (due.deadline === Number.POSITIVE_INFINITY) return;
      const tick = Math.ceil(due.deadline / SLOT_MS);
      link(slots, due, tick & (SLOTS - 1));
      if (tick < armedTick) arm(tick);
    },
    remove(due) {
      unlink(slots, due);
    },
    stop() {
      timer?.cancel();
      timer = undefined;
      armedTick = Number.NEGATIVE_INFINITY;
    },
  };
}

function link(slots: (Due | undefined)[], due: Due, slot: number): void {
  const head = slots[slot];
  due.slot = slot;
  due.nextDue = head;
  due.previousDue = undefined;
  if (head) head.previousDue = due;
  slots[slot] = due;
}

function unlink(slots: (Due | undefined)[], due: Due): void {
  if (due.slot < 0) return;
  if (due.previousDue) due.previousDue.nextDue = due.nextDue;
  else slots[due.slot] = due.nextDue;
  if (due.nextDue) due.nextDue.previousDue = due.previousDue;
  due.slot = -1;
  due.nextDue = undefined;
  due.previousDue = undefined;
}

/** Ends what is due in a slot; what is due a turn later stays. */
function expire(slots: (Due | undefined)[], slot: number, now: number): void {
  const due: Due[] = [];
  for (let entry = slots[slot]; entry; entry = entry.nextDue) {
    if (entry.deadline <= now) due.push(entry);
  }
  for (const entry of due) {
    // An earlier one of this slot may have ended it, as parents end their children.
    if (entry.slot < 0) continue;
    unlink(slots, entry);
    entry.onDue();
  }
}
