import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readAnswers } from '../../systems/shop/check/answers.ts';
import { formatReport } from '../../systems/shop/check/report.ts';
import { runCheck } from '../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../systems/shop/check/store-source.ts';
import { sell } from '../shop/kit/goods.ts';
import { VIAS } from '../shop/kit/shop.ts';
import { createGuest, prepareOrder, settleOrder } from '../shop/kit/shopper.ts';
import { FULL_SIZE, LEFT_OUT } from '../shop/kit/size.ts';
import { answersOf, type Buyers, problemsOf, startBuyers } from './buyers.ts';
import { CHANGES, type PlannedChange } from './changes.ts';
import { groupsOf, type SupervisedShop, startSupervisedShop } from './kit.ts';
import { type LoadFigures, toFigures, toLossFigures } from './load-figures.ts';
import { LOSSES, type Loss, lose, processOf, replaced } from './losses.ts';
import { type SteadyLoad, startSteadyLoad } from './steady-load.ts';

const SKU = 'LANTERN-1';
const LOAD = { clients: 6, rate: 60, sku: SKU };
/** Before and after what is done. */
const AROUND = 30;
const BUYERS = { rate: 3, seed: 7 };
/** Every process is lost for some seconds only. */
const PATIENCE_MS = 60_000;
/** That sagas end is what counts here; how soon depends on the machine. */
const SETTLE_MS = 180_000;
/** Of each operation, in a row: the same as before. */
const WELL_TIMES = 5;
/** How a request ends whose connection breaks: while its answer is read, or before it is written. */
const CUT: readonly string[] = ['0 ECONNRESET', '0 EPIPE'];
/** `npm test` takes these; what has to be seen there is that each kind works at all. */
const QUICK: readonly string[] = [
  'cart is scaled from one replica to four',
  'cart is scaled from four replicas to one',
  'the gateway is replaced',
  'orders is killed',
  'the supervisor is killed',
];
/** A machine that other tests keep busy may have to send some away; nobody is where there are none. */
const SHED = / 503 overloaded: /;
const isProblem = (line: string) => FULL_SIZE || !SHED.test(line);
const problemsIn = ({ problems }: LoadFigures) =>
  Object.entries(problems)
    .map(([name, count]) => `${name}: ${count}`)
    .filter(isProblem);
const skipOf = ({ name }: PlannedChange | Loss) =>
  !FULL_SIZE && !QUICK.includes(name) ? LEFT_OUT : false;

describe('the shop in processes of its own', () => {
  let shop: SupervisedShop;
  before(async () => {
    shop = await startSupervisedShop(groupsOf());
    await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: 100_000 });
  });
  after(() => shop?.stop());

  /** People buy and ask for things while `act` does something to the shop; all of them have gone at its end. */
  async function withBuyers(
    patienceMs: number,
    act: (load: SteadyLoad, buyers: Buyers) => Promise<void>,
  ) {
    const buyers = await startBuyers(shop, { ...BUYERS, patienceMs });
    try {
      const load = await startSteadyLoad({ origin: shop.origin, ...LOAD });
      try {
        await act(load, buyers);
      } finally {
        await load.stop();
      }
      return { load, bought: await buyers.stop() };
    } finally {
      await buyers.stop();
    }
  }

  for (const via of VIAS) {
    it(`takes a purchase over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const wanted = await prepareOrder(who, { psp: shop.psp, sku: SKU });
      const { orderId } = await who.orders.placeOrder(wanted);
      const { state, payment } = await settleOrder(shop, who, orderId);
      assert.deepEqual([state, payment], ['confirmed', 'paid']);
    });
  }

  for (const change of CHANGES) {
    it(`fails no request while ${change.name}`, { skip: skipOf(change) }, async () => {
      const { load, bought } = await withBuyers(0, async (load) => {
        await load.more(AROUND);
        await change.make(shop);
        await load.more(AROUND);
      });
      assert.deepEqual(problemsIn(toFigures(load.samples)), []);
      assert.deepEqual(problemsOf(bought).filter(isProblem), []);
    });
  }

  for (const loss of LOSSES) {
    it(`serves everybody else while ${loss.name}`, { skip: skipOf(loss) }, async () => {
      const others = shop.processes().filter(({ name }) => !name.startsWith(loss.who));
      let lostAt = 0;
      const { load } = await withBuyers(PATIENCE_MS, async (load, buyers) => {
        await load.more(AROUND);
        const { pid } = processOf(shop, loss.who);
        lostAt = lose(shop, loss);
        await replaced(shop, pid);
        // Callers still avoid who was lost: what counts is that they come back.
        await load.well(WELL_TIMES);
        await buyers.bought();
      });
      const { others: rest } = toLossFigures(load.samples, loss.who, lostAt);
      assert.deepEqual(problemsIn(rest), []);
      const stayed = shop.processes().filter(({ pid }) => others.some((one) => one.pid === pid));
      assert.deepEqual(stayed, others);
    });
  }

  for (const edges of [1, 2]) {
    const name = `loses only what was under way when a gateway is killed, with ${edges}`;
    it(name, { skip: !FULL_SIZE && edges > 1 ? LEFT_OUT : false }, async () => {
      await shop.supervision.scale({ group: 'edge', min: edges, max: edges });
      await shop.settled();
      const load = await startSteadyLoad({ origin: shop.origin, ...LOAD });
      try {
        await load.more(AROUND);
        const { pid } = processOf(shop, 'edge');
        lose(shop, { name, who: 'edge', signal: 'SIGKILL' });
        await replaced(shop, pid);
        await load.well(WELL_TIMES);
      } finally {
        await load.stop();
      }
      const lost = load.samples.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
      // Who finds the door shut waits before it; nobody is sent away.
      assert.deepEqual(new Set(lost).difference(new Set(CUT)), new Set());
      assert.ok(lost.length <= LOAD.clients, `${lost.length} requests were lost`);
    });
  }

  it('keeps every order that it answered, and no other', async () => {
    const result = await runCheck({
      source: createStoreSource(shop.directory),
      answers: readAnswers(answersOf(shop)),
      settleMs: SETTLE_MS,
    });
    assert.equal(result.outcome, 'holds', formatReport(result));
  });
});
