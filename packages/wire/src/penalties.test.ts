import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createPenalties } from './penalties.ts';

describe('penalties', () => {
  it('refuse a peer for a minute after its third breach within one', async () => {
    const host = createSimulatedHost({ seed: 1 });
    const penalties = createPenalties(host);
    assert.equal(penalties.strike('a').refused, false);
    await host.advance(20_000);
    assert.equal(penalties.strike('a').refused, false);
    await host.advance(20_000);
    assert.equal(penalties.strike('a').refused, true);
    assert.equal(penalties.refusedMs('a'), 60_000);
    assert.equal(penalties.refusedMs('b'), 0);
    await host.advance(60_000);
    assert.equal(penalties.refusedMs('a'), 0);
    assert.equal(penalties.strike('a').refused, false);
  });

  it('forgive what was long ago', async () => {
    const host = createSimulatedHost({ seed: 1 });
    const penalties = createPenalties(host);
    for (let breach = 0; breach < 10; breach++) {
      assert.equal(penalties.strike('a').refused, false);
      await host.advance(31_000);
    }
  });

  it('let one line a second into the log', async () => {
    const host = createSimulatedHost({ seed: 1 });
    const penalties = createPenalties(host);
    assert.equal(penalties.strike('a').log, true);
    assert.equal(penalties.strike('a').log, false);
    assert.equal(penalties.strike('b').log, true);
    await host.advance(1_000);
    assert.equal(penalties.strike('a').log, true);
  });

  it('remember a bounded number of peers', () => {
    const penalties = createPenalties(createSimulatedHost({ seed: 1 }));
    for (let strike = 0; strike < 3; strike++) penalties.strike('first');
    for (let peer = 0; peer < 1_000; peer++) penalties.strike(`peer-${peer}`);
    assert.equal(penalties.refusedMs('first'), 0);
  });
});
