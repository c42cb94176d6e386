import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatReport } from '../../systems/shop/check/report.ts';
import { runKills } from './kills.ts';

/** Each costs a start; `npm run test:faults` kills hundreds of times. */
const KILLS = 4;
/** That sagas end is what counts here; how soon depends on the machine, and is for `npm run test:faults`. */
const SETTLE_MS = 180_000;

it('a shop keeps every order that it answered, and no other, though it is killed under load', async () => {
  const figures = await runKills({
    kills: KILLS,
    seed: 20_261,
    rate: 6,
    lifeMaxMs: 500,
    settleMs: SETTLE_MS,
  });
  assert.equal(figures.check.outcome, 'holds', formatReport(figures.check));
  assert.ok(figures.orders > 0, 'nobody has bought anything');
});
