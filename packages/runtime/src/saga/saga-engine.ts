import { Failure } from '@portico/contract';
import type { Host, Timer } from '@portico/host';
import { type Saga, SagaAborted } from '@portico/service';
import {
  type OpenStore,
  SagaFenced,
  type SagaIdentity,
  type SagaPlace,
  type SagaRecord,
  type StoreTransaction,
} from '@portico/store/spi';
import { createLeaseWatch, type LeaseWatch } from '../lease-watch.ts';
import type { Placement } from '../placement.ts';
import type { PlacedRoutes } from '../routes.ts';
import type { Timings } from '../timings.ts';
import { type CreateUses, createUsesFactory } from '../uses.ts';
import { placeOf, runStep, type StepAttempt } from './run-step.ts';
import {
  afterAttempt,
  beginAttempt,
  type Ending,
  findStep,
  isTooOld,
  release,
  settlePlace,
} from './saga-moves.ts';
import type { SagaStarter, StartedSaga } from './saga-starter.ts';

/** Sagas of one service that a process carries on at once: each waits for one call most of the time. */
const CONCURRENT_MAX = 64;
/** Sagas of others that are looked at: those of 15 processes with as much to do as they can. */
const OTHERS_MAX = 960;
/** Pauses that are kept in memory beside the store, so that no clock has to be right. */
const PAUSES_MAX = 1_000;
/** Longer ones are left to the store, where they outlive this process. */
const PAUSE_MAX_MS = 3_600_000;
/** What keeping a result may wait for the store. Then the saga is taken up again, by its row. */
const KEEP_MS = 5_000;

/** Carries on the sagas of one service of this process. */
export interface SagaEngine extends SagaStarter {
  start(): void;
  /** No step is begun any more; resolves when those under way have ended, and their leases are given back. */
  stop(): Promise<void>;
}

/** A saga as it was when its time came, or when its lease was found to be over. */
type Seen = Pick<SagaRecord, 'fence' | 'leaseUntil'>;

interface Held {
  fence: number | undefined;
  cancel: ((reason: Failure) => void) | undefined;
  readonly ended: Promise<void>;
}

/** What a transaction has made of a saga: where it stands now, and what is to be done next. */
interface Turn {
  readonly before: SagaRecord;
  readonly place: SagaPlace;
  readonly attempt: StepAttempt | undefined;
}

/** The engine of a service's sagas; `undefined` where it has none. */
export function createSagaEngine(placed: PlacedRoutes): SagaEngine | undefined {
  const { placement, lookup } = placed;
  const definitions = Object.values(placement.service.spec.sagas ?? {});
  const { store } = placement;
  if (definitions.length === 0 || !store) return undefined;
  const known = new Map(
    definitions.map((saga) => [
      toName(saga.name, saga.version),
      { saga, createUses: createUsesFactory(saga.uses, lookup) },
    ]),
  );
  return new Engine(placement, store, known);
}

/** What a definition is found by. */
function toName(type: string, version: number): string {
  return `${type}@${version}`;
}

interface Known {
  readonly saga: Saga;
  readonly createUses: CreateUses;
}

/**
 * Everything a saga is stands in its row. This process claims what is due (raising the fence, so that whoever
 * held it before can change nothing any more), and for each attempt commits first the intent, then what came
 * of it together with the next intent. Whatever goes wrong in between, the row is due again.
 */
class Engine implements SagaEngine {
  readonly #placement: Placement;
  readonly #store: OpenStore;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #host: Host;
  readonly #holder: string;
  readonly #timings: Timings;
  readonly #held = new Map<string, Held>();
  readonly #others: LeaseWatch;
  /** By saga: what ends its pause. */
  readonly #pauses = new Map<string, Timer>();
  #timers: Timer[] = [];
  #pumping = false;
  #isAsked = false;
  #hasMore = false;
  #stopped = true;

  constructor(placement: Placement, store: OpenStore, known: ReadonlyMap<string, Known>) {
    this.#placement = placement;
    this.#store = store;
    this.#known = known;
    this.#host = placement.around.host;
    this.#timings = placement.around.timings;
    this.#holder = placement.around.holder;
    const { leaseMs } = this.#timings;
    const { clock } = this.#host;
    this.#others = createLeaseWatch({ clock, leaseMs, holder: this.#holder });
  }

  start(): void {
    this.#stopped = false;
    this.#placement.sagas = this;
    this.#repeat(this.#timings.sagaSweepMs, () => this.notify());
    this.#repeat(this.#timings.leaseRenewMs, () => void this.#renew());
    this.#repeat(this.#timings.leaseLookMs, () => void this.#takeOver());
    this.notify();
    void this.#takeOver();
  }

  notify(): void {
    this.#isAsked = true;
    if (!this.#pumping && !this.#stopped) void this.#pump();
  }

  async insert(tx: StoreTransaction, saga: SagaIdentity & SagaPlace): Promise<StartedSaga> {
    const definition = this.#known.get(toName(saga.type, saga.version))?.saga;
    const now = this.#host.clock.now();
    // Newer than all that are there. Its own number is known afterwards, and asked for by nobody here.
    const before: SagaRecord = { ...saga, seq: Number.MAX_SAFE_INTEGER, wakes: 0 };
    const settled = definition ? settlePlace(before, definition, now) : undefined;
    const isDue = settled?.nextAt !== undefined && settled.nextAt <= now;
    const hasRoom = this.#held.size < CONCURRENT_MAX && !this.#held.has(saga.id);
    if (!definition || !isDue || !hasRoom || this.#stopped || (await tx.sagas.isQueued(before))) {
      return { isNew: await tx.sagas.insert(saga), begun: undefined };
    }
    const { held, free } = this.#hold(saga.id);
    try {
      const claimed = { ...settled, fence: saga.fence + 1 };
      const place = beginAttempt(claimed, this.#holder, { ...this.#around, now });
      const begun: SagaRecord = { ...before, ...place };
      if (!(await tx.sagas.insert(begun))) {
        free();
        return { isNew: false, begun: undefined };
      }
      await this.#note(tx, begun, now);
      const turn = { before, place, attempt: { definition, saga: begun, begunAt: now } };
      const carryOn = () => void this.#carryOn(saga.id, held, async () => turn).finally(free);
      return { isNew: true, begun: { carryOn, forget: free } };
    } catch (problem) {
      free();
      throw problem;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#held.size > 0) {
      await Promise.all([...this.#held.values()].map(({ ended }) => ended));
    }
    this.#placement.sagas = undefined;
    for (const timer of [...this.#timers, ...this.#pauses.values()]) timer.cancel();
    this.#pauses.clear();
  }

  #repeat(periodMs: number, work: () => void): void {
    const index = this.#timers.length;
    const tick = () => {
      work();
      this.#timers[index] = this.#host.timers.after(periodMs, tick, { background: true });
    };
    this.#timers.push(this.#host.timers.after(periodMs, tick, { background: true }));
  }

  /** Takes up what is due, as long as there is room. */
  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#isAsked && !this.#stopped) {
        this.#isAsked = false;
        const room = CONCURRENT_MAX - this.#held.size;
        this.#hasMore = room <= 0;
        if (room <= 0) return;
        const limit = CONCURRENT_MAX + 1;
        const definitions = [...this.#known.keys()];
        const due = { now: this.#host.clock.now(), holder: this.#holder, limit, definitions };
        const ids = await this.#store.sagas.due(due);
        const free = ids.filter((id) => !this.#held.has(id));
        for (const id of free.slice(0, room)) this.#take(id);
        this.#hasMore = free.length > room;
      }
    } catch (err) {
      this.#placement.log.warn({ err }, 'Due sagas could not be looked for; it is tried again.');
    } finally {
      this.#pumping = false;
    }
  }

  /**
   * Takes over what others hold and have not been heard of for as long as a lease lasts, and, at the start,
   * what an earlier run of this replica held when it died.
   */
  async #takeOver(): Promise<void> {
    try {
      const definitions = [...this.#known.keys()];
      const search = { holder: this.#holder, limit: OTHERS_MAX, definitions };
      const others = await this.#store.sagas.held(search);
      const leases = others.map(({ id, leaseUntil, ...rest }) => {
        return { name: id, until: leaseUntil, ...rest };
      });
      for (const { name, fence, until } of this.#others.look(leases)) {
        if (this.#held.size < CONCURRENT_MAX) this.#take(name, { fence, leaseUntil: until });
      }
    } catch (err) {
      this.#placement.log.warn({ err }, 'Sagas of others could not be looked at.');
    }
  }

  /** Carries on a saga that is due, or whose time came, or whose lease is over, as it was `seen`. */
  #take(id: string, seen?: Seen): void {
    if (this.#stopped || this.#held.has(id)) return;
    this.#pauses.get(id)?.cancel();
    this.#pauses.delete(id);
    const { held, free } = this.#hold(id);
    const claim = () => this.#transact((tx) => this.#claim(tx, id, seen));
    void this.#carryOn(id, held, claim).finally(free);
  }

  /** Counts a saga among those that this process is at, until it is freed. */
  #hold(id: string): { readonly held: Held; free(): void } {
    const done = Promise.withResolvers<void>();
    const held: Held = { fence: undefined, cancel: undefined, ended: done.promise };
    this.#held.set(id, held);
    const free = () => {
      this.#held.delete(id);
      done.resolve();
      if (this.#hasMore) this.notify();
    };
    return { held, free };
  }

  /** From its first turn, which has begun an attempt or found nothing to do, as far as it goes at present. */
  async #carryOn(id: string, held: Held, begin: () => Promise<Turn | undefined>): Promise<void> {
    try {
      const { sagaWatch } = this.#placement;
      let turn = await begin();
      while (turn?.attempt) {
        held.fence = turn.place.fence;
        turn = await this.#perform(turn.attempt, held);
        sagaWatch.tell(id);
      }
      if (!turn) return;
      // Also one that was claimed only to end.
      sagaWatch.tell(id);
      this.#expect(turn);
    } catch (err) {
      if (err instanceof SagaFenced) return;
      const message = 'A saga could not be carried on; it is taken up again.';
      this.#placement.log.warn({ sagaId: id, err }, message);
    }
  }

  /**
   * Goes on when the pause that this turn has begun is over, by the monotonic clock: the time in the row is for
   * others, and for this process where the wall clock is right.
   */
  #expect({ before: { id, queue }, place: { nextAt, endedAt, fence, leaseUntil } }: Turn): void {
    // Others of its queue may have waited for its end.
    if (queue !== undefined && endedAt !== undefined) this.#hasMore = true;
    const leftMs = (nextAt ?? Number.POSITIVE_INFINITY) - this.#host.clock.now();
    if (leftMs > PAUSE_MAX_MS || this.#stopped || this.#pauses.size >= PAUSES_MAX) return;
    const end = () => {
      this.#pauses.delete(id);
      if (this.#held.size < CONCURRENT_MAX) this.#take(id, { fence, leaseUntil });
      else this.#hasMore = true;
    };
    this.#pauses.set(id, this.#host.timers.after(leftMs, end, { background: true }));
  }

  /** Makes a saga that is due this process's own. */
  async #claim(
    tx: StoreTransaction,
    id: string,
    seen: Seen | undefined,
  ): Promise<Turn | undefined> {
    const found = await tx.sagas.find(id);
    const now = this.#host.clock.now();
    if (!found || found.nextAt === undefined) return undefined;
    const isAsSeen = seen?.fence === found.fence && seen.leaseUntil === found.leaseUntil;
    const isOwn = found.holder === '' || found.holder === this.#holder;
    if (!isAsSeen && (!isOwn || found.nextAt > now)) return undefined;
    // Its time has come, whatever the clock says.
    const saga = { ...found, nextAt: Math.min(found.nextAt, now) };
    if (await tx.sagas.isQueued(saga)) return undefined;
    const definition = this.#known.get(toName(saga.type, saga.version))?.saga;
    if (!definition) return undefined;
    const claimed = { ...saga, fence: saga.fence + 1 };
    // Whoever holds it has begun an attempt and died, or lost sight of it.
    const wasBegun = saga.holder !== '' && saga.attempts > 0;
    const place = wasBegun ? await this.#bury(tx, claimed, definition) : claimed;
    return await this.#proceed(tx, saga, { place, definition });
  }

  /** Ends, for the history, an attempt that nobody will end. It counts as one without an answer. */
  async #bury(tx: StoreTransaction, saga: SagaRecord, definition: Saga): Promise<SagaPlace> {
    const now = this.#host.clock.now();
    const { id, step, attempts } = saga;
    const attempt = { saga: id, step, direction: placeOf(saga).direction, attempt: attempts };
    await tx.sagas.history.end(attempt, { status: 'interrupted', result: undefined, now });
    const ending = { kind: 'failed', problem: '' } as const;
    const times = { ...this.#around, begunAt: now, now, wakes: saga.wakes };
    const place = afterAttempt(saga, { definition, ending }, times);
    if (place.stuck) return place;
    // Others took a lease to notice; whoever starts again at once goes on at once, the first few times.
    const { nextAt = now } = place;
    return { ...place, nextAt: Math.max(now, nextAt - this.#timings.leaseMs) };
  }

  /** Saves where a saga stands, and begins the next attempt if one is due. */
  async #proceed(
    tx: StoreTransaction,
    before: SagaRecord,
    { place, definition }: { readonly place: SagaPlace; readonly definition: Saga },
  ): Promise<Turn> {
    const now = this.#host.clock.now();
    const settled = settlePlace({ ...before, ...place }, definition, now);
    const tooOld = settled.endedAt === undefined && isTooOld(settled, definition, now);
    const isDue = settled.nextAt !== undefined && settled.nextAt <= now;
    if (!isDue || tooOld || this.#stopped) {
      const held = tooOld ? { ...settled, stuck: true, nextAt: undefined } : settled;
      const next = tooOld
        ? { ...held, holder: '', leaseUntil: 0 }
        : release({ ...before, ...held });
      await tx.sagas.save(before, next);
      return { before, place: next, attempt: undefined };
    }
    const begun = beginAttempt(settled, this.#holder, { ...this.#around, now });
    const saga: SagaRecord = { ...before, ...begun };
    await tx.sagas.save(before, begun);
    await this.#note(tx, saga, now);
    return { before, place: begun, attempt: { definition, saga, begunAt: now } };
  }

  /** Notes an intent in the history. */
  async #note(tx: StoreTransaction, saga: SagaRecord, now: number): Promise<void> {
    const { direction, base } = placeOf(saga);
    const line = { saga: saga.id, step: saga.step, direction, attempt: saga.attempts };
    await tx.sagas.history.begin(line, base, now);
  }

  /** One attempt, from its committed intent to its committed result. */
  async #perform(attempt: StepAttempt, held: Held): Promise<Turn> {
    const { definition, saga } = attempt;
    const known = this.#known.get(toName(saga.type, saga.version));
    if (!known) throw new Error(`There is no saga ${saga.type} ${saga.version}.`);
    let turn: Turn | undefined;
    const end = await runStep(attempt, {
      placement: this.#placement,
      createUses: known.createUses,
      settle: async (tx, ending, changes) => {
        const present = await this.#present(tx, attempt);
        assertNotGivenUp(present, definition);
        turn = await this.#keep(tx, { attempt, present }, { ending, changes });
      },
      onBegin: (cancel) => {
        held.cancel = cancel;
      },
    });
    held.cancel = undefined;
    if (!end.kept) {
      this.#tell(attempt, end.ending);
      turn = await this.#transact(async (tx) => {
        return await this.#keep(tx, { attempt, present: await this.#present(tx, attempt) }, end);
      });
    }
    if (!turn) throw new Error('A step was kept, and came to nothing.');
    this.#alarm(turn);
    return turn;
  }

  /** The saga as it stands now, if this attempt is still what it is at. */
  async #present(tx: StoreTransaction, { saga }: StepAttempt): Promise<SagaRecord> {
    const present = await tx.sagas.find(saga.id);
    const isSame =
      present?.fence === saga.fence &&
      present.state === saga.state &&
      present.step === saga.step &&
      present.attempts === saga.attempts;
    if (!present || !isSame) throw new SagaFenced(saga.id);
    return present;
  }

  /** Keeps how an attempt has ended, and moves the saga on, in one transaction. */
  async #keep(
    tx: StoreTransaction,
    { attempt, present }: { readonly attempt: StepAttempt; readonly present: SagaRecord },
    { ending, changes }: { readonly ending: Ending; readonly changes: unknown },
  ): Promise<Turn> {
    const { definition, begunAt } = attempt;
    const now = this.#host.clock.now();
    const { id, step, attempts } = present;
    const line = { saga: id, step, direction: placeOf(present).direction, attempt: attempts };
    const result = toResult(ending, changes);
    await tx.sagas.history.end(line, { status: ending.kind, result, now });
    const times = { ...this.#around, begunAt, now, wakes: attempt.saga.wakes };
    const place = afterAttempt(present, { definition, ending }, times);
    return await this.#proceed(tx, present, { place, definition });
  }

  get #around() {
    return { random: this.#host.random, timings: this.#timings };
  }

  #transact<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const deadline = this.#host.clock.monotonic() + KEEP_MS;
    return this.#store.transaction(work, { deadline });
  }

  /** Makes the leases of what is held longer. Whoever lost one need not go on. */
  async #renew(): Promise<void> {
    const held = [...this.#held].flatMap(([id, { fence }]) =>
      fence === undefined ? [] : [{ id, fence }],
    );
    if (held.length === 0) return;
    try {
      const lost = await this.#transact(async (tx) => {
        const until = this.#host.clock.now() + this.#timings.leaseMs;
        const gone: typeof held = [];
        for (const one of held) {
          if (!(await tx.sagas.renew(one.id, one.fence, until))) gone.push(one);
        }
        return gone;
      });
      for (const { id, fence } of lost) {
        const one = this.#held.get(id);
        if (one?.fence === fence) one.cancel?.(taken());
      }
    } catch (err) {
      this.#placement.log.warn({ err }, 'The leases of sagas could not be renewed.');
    }
  }

  #tell({ saga }: StepAttempt, ending: Ending): void {
    const { id: sagaId, type, step, attempts: attempt } = saga;
    const fields = { sagaId, saga: type, step, attempt };
    if (ending.kind === 'failed') {
      this.#placement.log.warn({ ...fields, problem: ending.problem }, 'A step has no answer yet.');
    } else if (ending.kind === 'refused' && (saga.pivoted || saga.state === 'compensating')) {
      const problem = `${ending.reason.name}: ${ending.reason.message}`;
      this.#placement.log.warn({ ...fields, problem }, 'A step was refused that has to succeed.');
    }
  }

  #alarm({ before, place }: Turn): void {
    if (!place.stuck || before.stuck) return;
    const { id: sagaId, type: saga } = before;
    this.#placement.log.error({ sagaId, saga, step: place.step }, 'A saga is stuck.');
  }
}

/** A pivot, and what is undone, lose to whoever gave the saga up before they committed. */
function assertNotGivenUp({ abort, step, state }: SagaRecord, definition: Saga): void {
  if (!abort || state !== 'running') return;
  if (findStep(definition, step)?.kind === 'pivot') throw new SagaAborted(abort.name);
}

/** What the history shows of an ending. */
function toResult(ending: Ending, changes: unknown): unknown {
  switch (ending.kind) {
    case 'refused':
      return { name: ending.reason.name, message: ending.reason.message };
    case 'failed':
      return { problem: ending.problem };
    case 'waiting':
      return { forMs: Number.isFinite(ending.forMs) ? ending.forMs : null, changes };
    default:
      return changes;
  }
}

function taken(): Failure {
  return new Failure('CANCELLED', 'lease-lost', 'Another process carries the saga on.');
}
