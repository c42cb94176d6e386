import assert from 'node:assert/strict';
import type { Draw, Simulation, Workload } from '@portico/testing';
import { checkoutServices, MONEY, Orders, PIECES, Stock, Wallet } from './checkout-services.ts';

const CLIENTS_MAX = 3;
const THINK_MS = 300;
/** How long sagas may take after healing: clocks may have been 10 minutes wrong. */
const ENDED_MS = 25 * 60_000;
/** An operator gives up an order after this, on average. */
const GIVEN_UP_MS = 200;
const LOOK_MIN_MS = 300;
const LOOK_MAX_MS = 30_000;

/**
 * Orders hold stock and money, decide, and take both: a saga over three services. Each ends confirmed, with
 * everything taken once, or failed, with nothing held; stock and money are neither made nor lost.
 */
export const checkoutWorkload: Workload = {
  name: 'checkout',
  create(draw, size) {
    const clients = draw.int(1, CLIENTS_MAX);
    return {
      options: { system: { name: 'checkout', services: checkoutServices } },
      async run(simulation) {
        const count = Math.ceil(size / clients);
        await Promise.all(
          Array.from({ length: clients }, (_, index) =>
            buy(simulation, draw.fork(), { name: `c${index}`, count }),
          ),
        );
      },
      check: checkOrders,
    };
  },
};

async function buy(
  simulation: Simulation,
  draw: Draw,
  { name, count }: { readonly name: string; readonly count: number },
): Promise<void> {
  const orders = simulation.client(Orders, name, { persistent: true });
  for (let n = 0; n < count; n++) {
    const order = `${name}-${n}`;
    const pieces = draw.int(1, 2);
    const price = pieces * draw.int(20, 80);
    const input = { order, pieces, price, isWanted: draw.chance(0.8) };
    await orders.place(input, { key: order });
    if (draw.chance(0.3)) void giveUp(simulation, order, draw.delayMs(GIVEN_UP_MS));
    await simulation.sleep(draw.delayMs(THINK_MS));
  }
}

/** An operator gives an order up, at any moment; most come too late. */
async function giveUp(simulation: Simulation, id: string, afterMs: number): Promise<void> {
  await simulation.sleep(afterMs);
  const sagas = simulation.nodes.find(({ runtime }) => runtime)?.runtime?.sagas;
  const decision = { service: 'orders', id, by: 'operator', reason: 'NotWanted' };
  await sagas?.abort(decision).catch((thrown) => simulation.trace.note(0, 'operator', `${thrown}`));
}

async function checkOrders(simulation: Simulation): Promise<void> {
  const orders = await endedOrders(simulation);
  for (const [contract, total, field] of [
    [Stock, PIECES, 'pieces'],
    [Wallet, MONEY, 'price'],
  ] as const) {
    const client = simulation.client(contract, 'checker', { persistent: true });
    const { free, holds } = await client.count(undefined);
    const kept = holds.filter(({ state }) => state !== 'released');
    const sum = kept.reduce((amount, hold) => amount + hold.amount, 0);
    assert.equal(free + sum, total, `${contract.name}: what is free and what is taken`);
    assert(free >= 0, `${contract.name}: nothing is there that is not there`);
    for (const { id, state, ...amounts } of orders) {
      const own = kept.filter(({ order }) => order === id);
      const expected =
        state === 'confirmed' ? [{ order: id, amount: amounts[field], state: 'taken' }] : [];
      assert.deepEqual(own, expected, `${contract.name} of ${id}, which is ${state}`);
    }
  }
}

/** All orders, when all sagas have ended. */
async function endedOrders(simulation: Simulation) {
  const { host, nodes } = simulation;
  const client = simulation.client(Orders, 'checker', { persistent: true });
  const endAt = host.clock.monotonic() + ENDED_MS;
  for (let pauseMs = LOOK_MIN_MS; ; pauseMs = Math.min(LOOK_MAX_MS, pauseMs * 2)) {
    const live = await nodes[0]?.runtime?.sagas.list({ service: 'orders', live: true });
    if (live?.length === 0) break;
    const states = live?.map(({ id, state, step }) => `${id} ${state} ${step}`).join(', ');
    assert(host.clock.monotonic() < endAt, `not all sagas have ended: ${states}`);
    await simulation.sleep(pauseMs);
  }
  const { orders, decisions } = await client.list(undefined);
  for (const { id, state } of orders) {
    const own = decisions.filter(({ order_id }) => order_id === id);
    assert.deepEqual(own, [{ order_id: id, state }], `${id} was decided once`);
    assert(['confirmed', 'failed'].includes(state), `${id} has ended, and is ${state}`);
  }
  return orders;
}
