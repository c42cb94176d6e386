import { Failure, type FailureClass } from '@portico/contract';
import { type Cursor, CursorMoved, LOG_PAGE_MAX, type LoggedEvent } from '@portico/store/spi';
import { type EventBatch, type EventSource, FETCH_WAIT_MAX_MS } from './event-source.ts';
import { handleBatch } from './handle-batch.ts';
import { type LaneContext, transactFor } from './lane-context.ts';
import { type LaneHealth, logLaneChange } from './lane-health.ts';
import { finishReplay } from './replay.ts';
import { retryParked } from './retry-parked.ts';
import { createWaker, type Waker } from './waker.ts';

/** More of one key than this waits for an operator, not for us: the consumer stops fetching. */
export const PARKED_PER_KEY_MAX = 10_000;
/** The same for all keys of a lane together. */
export const PARKED_MAX = 100_000;
/** How often a cursor is moved over events that nobody hears: so that the log can be trimmed behind it. */
const PASS_EVERY_MS = 60_000;
/** After trouble with a store or a producer: from 100 ms, doubled up to 5 s, full jitter. */
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** Ends of a fetch that has reached nobody … */
const UNREACHED: ReadonlySet<FailureClass> = new Set(['NOT_SENT', 'REFUSED']);
/** … and how long that is no news: a process starts, or is replaced, in less. */
const UNREACHABLE_MAX_MS = 10_000;

/** What a lane is started with. */
export interface LaneOptions extends Omit<LaneContext, 'blocked'> {
  readonly source: EventSource;
  /** The lowest position of all generations: from there on the log is needed. */
  needed(): number;
}

/** The pulling of one log by one consumer in one generation: fetch, handle, move the cursor, again. */
export class LanePuller {
  readonly health: LaneHealth = { state: 'following', head: undefined, oldestAt: undefined };
  readonly ended: Promise<void>;
  readonly #lane: LaneContext;
  readonly #source: EventSource;
  readonly #needed: () => number;
  readonly #waker: Waker;
  /** Everything up to here has been looked at; the cursor may be behind, where nothing was heard. */
  #scanned = 0;
  #passedAt = 0;
  #unreachableSince: number | undefined;
  #isGone = false;
  /** What is in memory may be older than the store. */
  #isStale = true;
  /** A marker found at the start was left by the dead; later ones are set by somebody alive. */
  #looksForDead = true;

  constructor({ source, needed, ...context }: LaneOptions) {
    this.#needed = needed;
    this.#lane = { ...context, blocked: new Map() };
    this.#source = source;
    this.#waker = createWaker(context.host);
    this.#passedAt = context.host.clock.monotonic();
    this.ended = this.#run();
  }

  get cursor(): Cursor {
    return this.#lane.cursor;
  }

  /** Looks again now: something has changed in the store, or it is time to stop. */
  wake(): void {
    this.#isStale = true;
    this.#waker.wake();
  }

  async #run(): Promise<void> {
    const lane = this.#lane;
    let failures = 0;
    while (lane.isActive() && !this.#isGone) {
      try {
        if (this.#isStale) await this.#readState();
        if (!this.#isGone) await this.#cycle();
        failures = 0;
        this.#unreachableSince = undefined;
      } catch (problem) {
        this.#isStale = true;
        if (problem instanceof CursorMoved) {
          this.#looksForDead = false;
          continue;
        }
        if (!this.#isPatientWith(problem)) {
          const changed = { state: 'failing', problem: String(problem) } as const;
          logLaneChange(lane, this.health, { ...changed, err: problem });
        }
        const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(failures++, 10));
        await this.#waker.pause(delayMs * lane.host.random.float());
      }
    }
    await this.#clearMarker();
  }

  /** Whoever can't be reached is starting, or somebody takes its place: nothing to report unless it lasts. */
  #isPatientWith(problem: unknown): boolean {
    if (!(problem instanceof Failure) || !UNREACHED.has(problem.class)) return false;
    const now = this.#lane.host.clock.monotonic();
    this.#unreachableSince ??= now;
    return now - this.#unreachableSince < UNREACHABLE_MAX_MS;
  }

  /** What the store says: where the cursor stands and what waits. */
  async #readState(): Promise<void> {
    const lane = this.#lane;
    const { consumer, producer, generation } = lane.cursor;
    const cursors = await lane.store.deliveries.cursors.list(consumer, producer);
    const cursor = cursors.find((one) => one.generation === generation);
    // A replay has taken its place.
    this.#isGone = cursor === undefined;
    if (!cursor) return;
    this.#isStale = false;
    lane.cursor = cursor;
    this.#scanned = cursor.pos;
    lane.blocked = await lane.store.deliveries.parked.blocked(cursor);
  }

  async #cycle(): Promise<void> {
    const lane = this.#lane;
    const { host } = lane;
    if (await retryParked(lane)) {
      lane.blocked = await lane.store.deliveries.parked.blocked(lane.cursor);
      return;
    }
    const { nextAt } = await lane.store.deliveries.parked.outlook(lane.cursor);
    const untilDueMs = Math.max(0, (nextAt ?? Number.POSITIVE_INFINITY) - host.clock.now());
    const waitMs = Math.min(FETCH_WAIT_MAX_MS, untilDueMs);
    if (isFull(lane.blocked)) {
      logLaneChange(lane, this.health, { state: 'full' });
      return this.#waker.pause(waitMs);
    }
    const batch = await this.#fetch(waitMs);
    if (!lane.isActive()) return;
    if (batch.kind === 'log-truncated') {
      logLaneChange(lane, this.health, { state: 'truncated', trimmed: batch.trimmed });
      return this.#waker.pause(FETCH_WAIT_MAX_MS);
    }
    if (batch.kind === 'log-changed') return this.#adoptLog(batch);
    if (lane.cursor.logId === '') await this.#adoptFirstLog(batch.logId);
    logLaneChange(lane, this.health, { state: 'following' });
    await this.#handle(batch);
  }

  #fetch(waitMs: number): Promise<EventBatch> {
    const { cursor } = this.#lane;
    const request = {
      consumer: cursor.consumer,
      topics: [...topicsOf(this.#lane)],
      logId: cursor.logId === '' ? undefined : cursor.logId,
      after: this.#scanned,
      position: this.#needed(),
      limit: LOG_PAGE_MAX,
      waitMs,
    };
    return this.#source.fetch(request, this.#waker.signal);
  }

  async #handle({ events, through, head }: EventBatch & { readonly kind: 'events' }) {
    const lane = this.#lane;
    const { cursor } = lane;
    this.health.head = head;
    const bound = cursor.role === 'replaying' ? await this.#servingPos() : through;
    const due = events.filter(({ pos, at }) => pos <= bound && at >= cursor.startAt);
    this.health.oldestAt = due[0]?.at;
    await handleBatch(lane, due, await this.#foundMarker(due));
    const last = due.at(-1);
    if (last && lane.cursor.pos < last.pos) {
      this.#scanned = lane.cursor.pos;
      return;
    }
    this.health.oldestAt = undefined;
    this.#scanned = Math.min(through, bound);
    if (cursor.role === 'replaying') await this.#catchUp(bound);
    else await this.#pass();
  }

  async #foundMarker(events: readonly LoggedEvent[]) {
    if (events.length === 0 || !this.#looksForDead) return undefined;
    this.#looksForDead = false;
    const marker = await this.#lane.store.deliveries.markers.find(this.#lane.cursor);
    return marker?.holder === this.#lane.holder ? undefined : marker;
  }

  /** Moves the cursor over what nobody hears, now and then. */
  async #pass(): Promise<void> {
    const lane = this.#lane;
    const now = lane.host.clock.monotonic();
    if (this.#scanned <= lane.cursor.pos || now - this.#passedAt < PASS_EVERY_MS) return;
    this.#passedAt = now;
    await this.#moveTo(this.#scanned);
  }

  async #moveTo(pos: number): Promise<void> {
    const lane = this.#lane;
    if (pos <= lane.cursor.pos) return;
    const now = lane.host.clock.now();
    await transactFor(lane, ({ deliveries }) => deliveries.cursors.move(lane.cursor, pos, now));
    lane.cursor = { ...lane.cursor, pos };
  }

  async #adoptLog({ logId, head }: EventBatch & { readonly kind: 'log-changed' }): Promise<void> {
    const lane = this.#lane;
    const { cursor, log } = lane;
    const next = { ...cursor, logId, pos: Math.min(cursor.pos, head) };
    await transactFor(lane, ({ deliveries }) => deliveries.cursors.replace(cursor, next));
    lane.cursor = next;
    this.#scanned = next.pos;
    const lost = { after: head, upTo: cursor.pos, oldLogId: cursor.logId, logId };
    log.error(lost, 'The log of the producer was restored; these positions are events now lost.');
  }

  async #adoptFirstLog(logId: string): Promise<void> {
    const lane = this.#lane;
    const next = { ...lane.cursor, logId };
    await transactFor(lane, ({ deliveries }) => deliveries.cursors.replace(lane.cursor, next));
    lane.cursor = next;
  }

  async #servingPos(): Promise<number> {
    const { store, cursor } = this.#lane;
    const cursors = await store.deliveries.cursors.list(cursor.consumer, cursor.producer);
    return cursors.find(({ role }) => role === 'serving')?.pos ?? 0;
  }

  /** A replay that stands where the serving generation stands takes its place. */
  async #catchUp(bound: number): Promise<void> {
    if (this.#scanned < bound) return;
    await this.#moveTo(bound);
    if (await finishReplay(this.#lane)) this.#scanned = this.#lane.cursor.pos;
    // The serving one has gone on: look again soon.
    else await this.#waker.pause(BACKOFF_MIN_MS);
  }

  /** What this holder leaves unfinished it leaves alive. */
  async #clearMarker(): Promise<void> {
    const lane = this.#lane;
    try {
      await transactFor(lane, async ({ deliveries: { markers } }) => {
        const marker = await markers.find(lane.cursor);
        if (marker?.holder === lane.holder) await markers.clear(lane.cursor);
      });
    } catch (problem) {
      lane.log.warn({ err: problem }, 'The marker of a batch could not be removed.');
    }
  }
}

/** A replay runs only what is declared so. */
function topicsOf({ hearing, cursor }: LaneContext): readonly string[] {
  const heard = [...hearing.topics.values()];
  const wanted = cursor.role === 'serving' ? heard : heard.filter(({ replayable }) => replayable);
  return wanted.map(({ topic }) => topic);
}

function isFull(blocked: ReadonlyMap<string, number>): boolean {
  let sum = 0;
  for (const count of blocked.values()) {
    if (count >= PARKED_PER_KEY_MAX) return true;
    sum += count;
  }
  return sum >= PARKED_MAX;
}
