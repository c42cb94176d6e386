import type { ShopFacts } from './facts.ts';
import type { Breach, Invariant } from './invariant.ts';
import { countBy } from './tally.ts';

/** Whatever was begun ends, and leaves nothing behind. */
export const sagasEnd: Invariant = {
  id: 'I7',
  title: 'no saga past its deadline, no hold or pin of an ended order',
  check({ facts }) {
    const open = facts.sagas.filter(({ state }) => state !== 'done');
    const figures = {
      sagas: countBy(facts.sagas, ({ type, state }) => `${type} ${state}`),
      'oldest open since': open.map(({ startedAt }) => startedAt).sort()[0] ?? '–',
      reservations: countBy(facts.reservations, ({ state }) => state),
    };
    const broken = [...findLate(facts), ...findAbandoned(facts), ...findLeftHolds(facts)];
    return { figures, broken };
  },
};

/** Whether a saga will not end by waiting: it is stuck, or its time is over. */
export function isLate(saga: ShopFacts['sagas'][number], now: number): boolean {
  if (saga.state === 'done') return false;
  if (saga.state === 'stuck') return true;
  return saga.deadlineAt !== undefined && Date.parse(saga.deadlineAt) < now;
}

function findLate({ sagas, takenAt }: ShopFacts): Breach[] {
  return sagas
    .filter((saga) => isLate(saga, takenAt))
    .map(({ sagaId: id, type, state, step, deadlineAt }) => ({
      id,
      problem: `${type} is ${state} at ${step ?? '?'}, due ${deadlineAt ?? 'long ago'}`,
    }));
}

/** A pending order that nothing works on stays pending for ever. */
function findAbandoned({ orders, sagas }: ShopFacts): Breach[] {
  const worked = new Set(
    sagas.filter(({ state }) => state !== 'done').map(({ orderId }) => orderId),
  );
  return orders
    .filter(({ orderId, state }) => state === 'pending' && !worked.has(orderId))
    .map(({ orderId: id }) => ({ id, problem: 'pending, and no saga works on it' }));
}

function findLeftHolds({ orders, reservations }: ShopFacts): Breach[] {
  const states = new Map(orders.map(({ orderId, state }) => [orderId, state]));
  return reservations.flatMap(({ reservation, orderId: id, state }) => {
    if (state !== 'held' && state !== 'pinned') return [];
    const order = states.get(id);
    if (order === 'pending' || order === 'confirmed') return [];
    return [{ id, problem: `${order ?? 'no such order'}, but ${reservation} is ${state}` }];
  });
}
