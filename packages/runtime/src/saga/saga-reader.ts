import type { SagaReader, SagaView } from '@portico/service';
import type { SagaRecord } from '@portico/store/spi';
import { raiseMistake } from '../failures.ts';
import type { Invocation } from '../invocation.ts';

const PAGE = 100;
const PAGE_MAX = 1_000;

/** `ctx.sagas`: the sagas of the service's own store, without what is the platform's business. */
export function createSagaReader(invocation: Invocation): SagaReader {
  const ledger = () => {
    const { store } = invocation.placement;
    if (store) return store.sagas;
    throw raiseMistake(invocation, 'no-store', 'the service declares no store.');
  };
  return {
    async find(id) {
      const saga = await ledger().find(id);
      return saga && toView(saga);
    },
    async list({ limit = PAGE, ...query } = {}) {
      const most = Math.min(Math.max(1, limit), PAGE_MAX);
      const found = await ledger().page({ ...query, limit: most });
      return found.map(toView);
    },
    moved: (id, atMostMs) => invocation.placement.sagaWatch.next(id, atMostMs),
  };
}

function toView(saga: SagaRecord): SagaView {
  const { id, type, version, state, step, pivoted, stuck, queue, reason } = saga;
  const { startedAt, deadline, endedAt } = saga;
  const times = { startedAt, deadline, endedAt };
  return { id, type, version, state, step, pivoted, stuck, queue, reason, ...times };
}
