import { Failure } from '@portico/contract';
import type { Host, Timer } from '@portico/host';
import { type Saga, SagaAborted } from '@portico/service';
import {
  type OpenStore,
  SagaFenced,
  type SagaPlace,
  type SagaRecord,
  type StoreTransaction,
} from '@portico/store/spi';
import type { Placement } from '../placement.ts';
import type { PlacedRoutes } from '../routes.ts';
import { type CreateUses, createUsesFactory } from '../uses.ts';
import { placeOf, runStep, type StepAttempt } from './run-step.ts';
import {
  afterAttempt,
  beginAttempt,
  type Ending,
  findStep,
  isTooOld,
  LEASE_MS,
  release,
  settlePlace,
} from './saga-moves.ts';

/** How often sagas are looked for that nobody has announced: of dead processes, or whose pause is over. */
const SWEEP_MS = 1_000;
/** Leases are made longer well before they are over. */
const RENEW_MS = 3_000;
/** Sagas of one service that a process carries on at once: each waits for one call most of the time. */
const CONCURRENT_MAX = 64;
/** What keeping a result may wait for the store. Then the saga is taken up again, by its row. */
const KEEP_MS = 5_000;

/** Carries on the sagas of one service of this process. */
export interface SagaEngine {
  start(): void;
  /** Something may be due. */
  notify(): void;
  /** No step is begun any more; resolves when those under way have ended, and their leases are given back. */
  stop(): Promise<void>;
}

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
  readonly #held = new Map<string, Held>();
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
    this.#holder = this.#host.ids.uuid();
  }

  start(): void {
    this.#stopped = false;
    this.#placement.sagas = this;
    this.#repeat(SWEEP_MS, () => this.notify());
    this.#repeat(RENEW_MS, () => void this.#renew());
    this.notify();
  }

  notify(): void {
    this.#isAsked = true;
    if (!this.#pumping && !this.#stopped) void this.#pump();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    while (this.#held.size > 0) {
      await Promise.all([...this.#held.values()].map(({ ended }) => ended));
    }
    this.#placement.sagas = undefined;
    for (const timer of this.#timers) timer.cancel();
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

  #take(id: string): void {
    if (this.#stopped || this.#held.has(id)) return;
    const done = Promise.withResolvers<void>();
    const held: Held = { fence: undefined, cancel: undefined, ended: done.promise };
    this.#held.set(id, held);
    void this.#carryOn(id, held).finally(() => {
      this.#held.delete(id);
      done.resolve();
      if (this.#hasMore) this.notify();
    });
  }

  async #carryOn(id: string, held: Held): Promise<void> {
    try {
      let turn = await this.#transact((tx) => this.#claim(tx, id));
      while (turn?.attempt) {
        held.fence = turn.place.fence;
        turn = await this.#perform(turn.attempt, held);
      }
      if (turn) this.#expect(turn);
    } catch (err) {
      if (err instanceof SagaFenced) return;
      const message = 'A saga could not be carried on; it is taken up again.';
      this.#placement.log.warn({ sagaId: id, err }, message);
    }
  }

  /** Looks for what this turn makes due earlier than the next sweep would. */
  #expect({ before, place: { nextAt, endedAt } }: Turn): void {
    // Others of its queue may have waited for its end.
    if (before.queue !== undefined && endedAt !== undefined) this.#hasMore = true;
    const leftMs = (nextAt ?? Number.POSITIVE_INFINITY) - this.#host.clock.now();
    if (leftMs >= SWEEP_MS || this.#stopped) return;
    this.#host.timers.after(leftMs, () => this.notify(), { background: true });
  }

  /** Makes a saga that is due this process's own. */
  async #claim(tx: StoreTransaction, id: string): Promise<Turn | undefined> {
    const saga = await tx.sagas.find(id);
    const now = this.#host.clock.now();
    if (!saga || saga.nextAt === undefined || saga.nextAt > now) return undefined;
    if (saga.leaseUntil > now && saga.holder !== this.#holder) return undefined;
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
    const times = { begunAt: now, now, wakes: saga.wakes, random: this.#host.random };
    const place = afterAttempt(saga, { definition, ending }, times);
    return place.stuck ? place : { ...place, nextAt: now };
  }

  /** Saves where a saga stands, and begins the next attempt if one is due. */
  async #proceed(
    tx: StoreTransaction,
    before: SagaRecord,
    { place, definition }: { readonly place: SagaPlace; readonly definition: Saga },
  ): Promise<Turn> {
    const { random, clock } = this.#host;
    const now = clock.now();
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
    const begun = beginAttempt(settled, this.#holder, { now, random });
    const saga: SagaRecord = { ...before, ...begun };
    await tx.sagas.save(before, begun);
    const { direction, base } = placeOf(saga);
    const line = { saga: saga.id, step: saga.step, direction, attempt: saga.attempts };
    await tx.sagas.history.begin(line, base, now);
    return { before, place: begun, attempt: { definition, saga, begunAt: now } };
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
        assertNotGivenUp(await this.#present(tx, attempt), definition);
        turn = await this.#keep(tx, attempt, { ending, changes });
      },
      onBegin: (cancel) => {
        held.cancel = cancel;
      },
    });
    held.cancel = undefined;
    if (!end.kept) {
      this.#tell(attempt, end.ending);
      turn = await this.#transact((tx) => this.#keep(tx, attempt, end));
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
    attempt: StepAttempt,
    { ending, changes }: { readonly ending: Ending; readonly changes: unknown },
  ): Promise<Turn> {
    const { definition, begunAt } = attempt;
    const present = await this.#present(tx, attempt);
    const now = this.#host.clock.now();
    const { id, step, attempts } = present;
    const line = { saga: id, step, direction: placeOf(present).direction, attempt: attempts };
    const result = toResult(ending, changes);
    await tx.sagas.history.end(line, { status: ending.kind, result, now });
    const times = { begunAt, now, wakes: attempt.saga.wakes, random: this.#host.random };
    const place = afterAttempt(present, { definition, ending }, times);
    return await this.#proceed(tx, present, { place, definition });
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
        const until = this.#host.clock.now() + LEASE_MS;
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
