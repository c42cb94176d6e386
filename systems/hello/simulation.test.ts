import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { formatReport, runSeed, searchSeeds, type Workload } from '@portico/testing';
import { Counter, Stock } from './contracts.ts';
import hello from './system.ts';

const RECEIVED = 5;
const ada = {
  subject: 'user:ada',
  permissions: new Set(['stock:write', 'counter:buy']),
  via: 'test',
};

/** Ada buys more than there is, through crashes, full disks, lost answers and wrong clocks. */
const buying: Workload = {
  name: 'buying',
  create(draw, size) {
    let bought = 0;
    return {
      options: { system: hello },
      async prepare(simulation) {
        const stock = simulation.client(Stock, { caller: ada }, { persistent: true });
        await stock.receive({ sku: 'HOSE-15', quantity: RECEIVED }, { key: 'receipt' });
      },
      async run(simulation) {
        const counter = simulation.client(Counter, { caller: ada }, { persistent: true });
        for (let n = 0; n < size; n++) {
          try {
            await counter.buy({ sku: 'HOSE-15', quantity: 1 }, { key: `purchase-${n}` });
            bought++;
          } catch (problem) {
            // Out of stock is an answer; everything else is a broken promise.
            if (!(problem instanceof Failure) || problem.class !== 'APP') throw problem;
          }
          await simulation.sleep(draw.delayMs(100));
        }
      },
      async check(simulation) {
        const stock = simulation.client(Stock, { caller: ada }, { persistent: true });
        const { available } = await stock.getLevel({ sku: 'HOSE-15' });
        assert.equal(bought, Math.min(size, RECEIVED), 'pieces that were bought');
        assert.equal(available, RECEIVED - bought, 'pieces that are left');
      },
    };
  },
};

test('sells each piece once, whatever goes wrong', async () => {
  const { failed } = await searchSeeds(buying, { count: 30, size: 8 });
  const [report] = failed;
  assert(report === undefined, report && formatReport(report));
});

test('does the same again with the same seed', async () => {
  const first = await runSeed(buying, { seed: 7, size: 8 });
  assert.equal((await runSeed(buying, { seed: 7, size: 8 })).hash, first.hash);
});
