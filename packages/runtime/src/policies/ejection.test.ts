import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { CALLER_DEFAULTS } from './defaults.ts';
import { Ejection } from './ejection.ts';

function start() {
  const host = createSimulatedHost({ seed: 1 });
  const ejection = new Ejection(host, CALLER_DEFAULTS.ejection);
  const isEjected = () => ejection.isEjected(host.clock.monotonic());
  return { host, ejection, isEjected };
}

describe('ejection', () => {
  it('leaves a replica alone after five failures in a row', () => {
    const { ejection, isEjected } = start();
    for (let call = 0; call < 4; call++) ejection.failed();
    ejection.answered();
    for (let call = 0; call < 4; call++) ejection.failed();
    assert.equal(isEjected(), false);
    assert.equal(ejection.failed(), true);
    assert.equal(isEjected(), true);
  });

  it('leaves a replica alone that fails half of twenty calls', () => {
    const { ejection, isEjected } = start();
    for (let call = 0; call < 9; call++) {
      ejection.failed();
      ejection.answered();
    }
    assert.equal(isEjected(), false);
    ejection.answered();
    ejection.failed();
    assert.equal(isEjected(), true);
  });

  it('forgets failures after ten seconds', async () => {
    const { host, ejection, isEjected } = start();
    for (let round = 0; round < 5; round++) {
      for (let call = 0; call < 3; call++) ejection.failed();
      for (let call = 0; call < 3; call++) ejection.answered();
      await host.advance(10_000);
    }
    assert.equal(isEjected(), false);
  });

  it('lasts longer each time, up to a minute, and begins anew after a good while', async () => {
    const { host, ejection, isEjected } = start();
    const lengths: number[] = [];
    for (let time = 0; time < 20; time++) {
      ejection.eject();
      const from = host.clock.monotonic();
      while (isEjected()) await host.advance(250);
      lengths.push(host.clock.monotonic() - from);
    }
    for (const [index, length] of lengths.entries()) {
      const most = Math.min(60_000, 5_000 * (index + 1));
      assert(length >= most / 2 && length <= most + 250, `${index}: ${length}`);
    }
    assert.equal(ejection.times, 20);
    await host.advance(61_000);
    ejection.eject();
    await host.advance(5_000);
    assert.equal(isEjected(), false);
  });
});
