import { Failure } from '@portico/contract';
import type {
  SagaCount,
  SagaFilter,
  SagaPlace,
  SagaRecord,
  SagaStepRecord,
  StoreTransaction,
} from '@portico/store/spi';
import type { Placement } from '../placement.ts';
import { KEY_TRUSTED_MS } from './saga-moves.ts';

/** Sagas that one page of a list shows at most. */
export const SAGA_PAGE_MAX = 100;
/** What an operator's change may wait for the store. */
const CHANGE_MS = 5_000;

/** Which sagas to list; newest first. */
export type SagaListFilter = Omit<SagaFilter, 'limit'> & {
  readonly service: string;
  readonly limit?: number;
};

/** A saga with everything that was done for it, oldest first. */
export interface SagaDetail extends SagaRecord {
  readonly history: readonly SagaStepRecord[];
}

/** One saga, and the operator who decides on it. */
export interface SagaDecision {
  readonly service: string;
  readonly id: string;
  /** The operator's name; stays in the history. */
  readonly by: string;
}

/**
 * What operators see of sagas and do about them. For the services of this process.
 * All throw {Failure} `not-found` for an unknown service or saga, and `precondition-failed`, saying why,
 * where it is too late.
 */
export interface RuntimeSagas {
  /** At most {@link SAGA_PAGE_MAX}; the next page is `before` the last one's `seq`. */
  list(filter: SagaListFilter): Promise<readonly SagaRecord[]>;
  get(service: string, id: string): Promise<SagaDetail>;
  /** How many are under way, by service, type and state. */
  counts(): Promise<readonly (SagaCount & { readonly service: string })[]>;
  /**
   * Tries the present step again, now. `force` is needed for a step that is 30 days old: its key may be
   * forgotten, so that a second effect, or an undo without one, is possible.
   */
  retry(decision: SagaDecision & { readonly force?: boolean }): Promise<void>;
  /** Before the pivot: turns back. */
  abort(decision: SagaDecision & { readonly reason: string }): Promise<void>;
  /** Ends it as it stands: somebody has settled by hand what was left. */
  resolve(decision: SagaDecision & { readonly reason: string }): Promise<void>;
}

/** The operators' view of the sagas of these services. */
export function createRuntimeSagas(placements: readonly Placement[]): RuntimeSagas {
  const find = (name: string) => {
    const placement = placements.find((one) => one.name === name);
    if (placement?.store) return { placement, store: placement.store };
    throw Failure.rejected('not-found', `No service "${name}" with a store is here.`);
  };
  const change = async (decision: SagaDecision, { action, reason, work }: Change) => {
    const { placement, store } = find(decision.service);
    const { clock } = placement.around.host;
    const { id, by } = decision;
    await store.transaction(
      async (tx) => {
        const saga = assertLive(await tx.sagas.find(id), id);
        const now = clock.now();
        await work(tx, saga, now);
        const { step } = saga;
        await tx.sagas.history.intervene({ saga: id, step, action, by, reason, now });
      },
      { deadline: clock.monotonic() + CHANGE_MS },
    );
    placement.log.warn({ sagaId: id, action, by, reason }, 'An operator has changed a saga.');
    placement.sagas?.notify();
  };
  return {
    async list({ service, limit = SAGA_PAGE_MAX, ...filter }) {
      const most = Math.min(Math.max(1, limit), SAGA_PAGE_MAX);
      return await find(service).store.sagas.list({ ...filter, limit: most });
    },
    async get(service, id) {
      const { sagas } = find(service).store;
      const saga = await sagas.find(id);
      if (!saga) throw notFound(id);
      return { ...saga, history: await sagas.history.read(id) };
    },
    async counts() {
      const perService = placements.map(async ({ name, store, service: { spec } }) => {
        if (!store || !spec.sagas) return [];
        return (await store.sagas.counts()).map((count) => ({ service: name, ...count }));
      });
      return (await Promise.all(perService)).flat();
    },
    retry: (decision) =>
      change(decision, {
        action: 'retry',
        reason: decision.force ? 'force' : '',
        work: (tx, saga, now) => retry(tx, saga, { now, force: decision.force === true }),
      }),
    abort: (decision) =>
      change(decision, { action: 'abort', reason: decision.reason, work: giveUp(decision) }),
    resolve: (decision) =>
      change(decision, { action: 'resolve', reason: decision.reason, work: resolve }),
  };
}

interface Change {
  readonly action: 'retry' | 'abort' | 'resolve';
  readonly reason: string;
  work(tx: StoreTransaction, saga: SagaRecord, now: number): Promise<void>;
}

async function retry(
  tx: StoreTransaction,
  saga: SagaRecord,
  { now, force }: { readonly now: number; readonly force: boolean },
): Promise<void> {
  const { stepAt } = saga;
  if (stepAt !== undefined && now - stepAt >= KEY_TRUSTED_MS && !force) {
    const message =
      'The step is 30 days old and its key may be forgotten. Look first, then force it.';
    throw Failure.rejected('precondition-failed', message);
  }
  // Its holder finds out; where that has died, whoever takes it over.
  if (saga.holder !== '') {
    await tx.sagas.wake(saga.id, now);
    return;
  }
  const calm = { failures: 0, troubleAt: undefined, stuck: false, nextAt: now };
  await tx.sagas.save(saga, { ...saga, ...calm, stepAt: force ? now : stepAt });
}

function giveUp({ by, reason }: SagaDecision & { readonly reason: string }): Change['work'] {
  return async (tx, saga, now) => {
    const message = `An operator (${by}) gave it up.`;
    const why = { kind: 'aborted', name: reason, message, step: saga.step } as const;
    if (await tx.sagas.giveUp(saga.id, why, now)) return;
    const text = 'Its pivot has passed or it has turned back: it can be retried or resolved.';
    throw Failure.rejected('precondition-failed', text);
  };
}

/** Whoever carries it on meanwhile finds the fence raised. */
async function resolve(tx: StoreTransaction, saga: SagaRecord, now: number): Promise<void> {
  const ended: Partial<SagaPlace> = { state: 'resolved', stuck: false, nextAt: undefined };
  const free = { holder: '', leaseUntil: 0, fence: saga.fence + 1, endedAt: now };
  await tx.sagas.save(saga, { ...saga, ...ended, ...free });
}

function assertLive(saga: SagaRecord | undefined, id: string): SagaRecord {
  if (!saga) throw notFound(id);
  if (saga.endedAt === undefined) return saga;
  throw Failure.rejected('precondition-failed', `The saga ${id} has ended: ${saga.state}.`);
}

function notFound(id: string): Failure {
  return Failure.rejected('not-found', `There is no saga ${id}.`);
}
