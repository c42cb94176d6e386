import type { Saga, SagaStart, Transaction } from '@portico/service';
import type { StoreTransaction } from '@portico/store/spi';
import { REFUSED } from '../copy-json.ts';
import { listed } from '../entry.ts';
import { raiseMistake } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import { toTraceparent } from '../trace.ts';
import { DATA_BYTES_MAX } from './saga-data.ts';

/** Keys begin with it and may have 255 characters: some are left for steps and operations. */
const SAGA_ID = /^[\x21-\x7e]{1,100}$/;

type Commands = Pick<Transaction<unknown>, 'start' | 'wake' | 'abort'>;

/** What a transaction can do about the sagas of its service; they are carried on once it has committed. */
export function createSagaCommands(
  invocation: Invocation,
  tx: StoreTransaction,
  assertIsOpen: (what: string) => void,
): Commands {
  const { clock } = invocation.placement.around.host;
  return {
    async start(saga, start) {
      assertIsOpen(`"${saga.name}" was started`);
      return await startSaga(invocation, tx, { saga, start });
    },
    async wake(sagaId) {
      assertIsOpen(`The saga ${sagaId} was woken`);
      invocation.sagasTouched = true;
      return await tx.sagas.wake(sagaId, clock.now());
    },
    async abort(sagaId, name) {
      assertIsOpen(`The saga ${sagaId} was given up`);
      invocation.sagasTouched = true;
      const message = 'The service gave it up.';
      const reason = { kind: 'aborted', name, message, step: '' } as const;
      return await tx.sagas.giveUp(sagaId, reason, clock.now());
    },
  };
}

interface Starting {
  readonly saga: Saga;
  readonly start: SagaStart<unknown>;
}

async function startSaga(
  invocation: Invocation,
  tx: StoreTransaction,
  { saga, start }: Starting,
): Promise<boolean> {
  const { placement } = invocation;
  const { id, queue } = start;
  const first = saga.steps[0];
  if (!Object.values(placement.service.spec.sagas ?? {}).includes(saga) || !first) {
    const message = `the service does not list the saga "${saga.name}" in "sagas".`;
    throw raiseMistake(invocation, 'unknown-saga', message);
  }
  if (!SAGA_ID.test(id)) {
    const message = `"${id}" is no saga's id: 1 to 100 visible ASCII characters, no spaces.`;
    throw raiseMistake(invocation, 'invalid-saga', message);
  }
  const type = placement.sagaDataType(saga);
  const data = type.copy(start.data);
  if (data === REFUSED) {
    const message = `the data of "${saga.name}" does not fit: ${listed(type, start.data)}`;
    throw raiseMistake(invocation, 'invalid-saga', message);
  }
  if (Buffer.byteLength(JSON.stringify(data)) > DATA_BYTES_MAX) {
    const message = `the data of "${saga.name}" has more than ${DATA_BYTES_MAX} bytes as JSON.`;
    throw raiseMistake(invocation, 'invalid-saga', message);
  }
  const now = placement.around.host.clock.now();
  const row = {
    ...{ id, type: saga.name, version: saga.version, queue, data, step: first.name },
    ...{ state: 'running' as const, pivoted: false, reason: undefined, abort: undefined },
    ...{ trace: toTraceparent(invocation.trace), deadline: now + saga.deadlineMs, startedAt: now },
    ...{ nextAt: now, holder: '', leaseUntil: 0, fence: 0, attempts: 0, failures: 0 },
    ...{ troubleAt: undefined, stuck: false, stepAt: undefined, endedAt: undefined },
  };
  const { sagas } = placement;
  if (!sagas) return await tx.sagas.insert(row);
  const { isNew, begun } = await sagas.insert(tx, row);
  if (begun) invocation.sagasBegun = [...invocation.sagasBegun, begun];
  else invocation.sagasTouched = true;
  return isNew;
}
