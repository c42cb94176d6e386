import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { CALLER_DEFAULTS } from './defaults.ts';
import { Throttle } from './throttle.ts';

function start() {
  const host = createSimulatedHost({ seed: 1 });
  return { host, throttle: new Throttle('stock', host, CALLER_DEFAULTS.throttle) };
}

function send(throttle: Throttle, count: number, isAccepted: (index: number) => boolean) {
  for (let index = 0; index < count; index++) {
    throttle.answered(throttle.sent('default'), isAccepted(index));
  }
}

describe('the adaptive throttle', () => {
  it('lets everything through while at least half is accepted', () => {
    const { throttle } = start();
    send(throttle, 1000, (index) => index % 2 === 0);
    assert.equal(throttle.refusalChance('default'), 0);
    assert.equal(throttle.refuse('default'), undefined);
  });

  it('refuses the more, the less is accepted, and never everything', () => {
    const { throttle } = start();
    send(throttle, 1000, (index) => index % 4 === 0);
    assert(Math.abs(throttle.refusalChance('default') - 0.5) < 0.01);
    send(throttle, 100_000, () => false);
    assert.equal(throttle.refusalChance('default'), 0.9);
    const refusals = Array.from({ length: 1000 }, () => throttle.refuse('default'));
    const refused = refusals.filter((failure) => failure !== undefined);
    assert(refused.length > 850 && refused.length < 950);
    assert(refused.every((failure) => failure?.class === 'OVERLOADED'));
    assert.equal(throttle.refused, refused.length);
  });

  it('judges each criticality by its own calls', () => {
    const { throttle } = start();
    send(throttle, 1000, () => false);
    assert.equal(throttle.refusalChance('critical'), 0);
  });

  it('says nothing of a service that is called less than five times a second', () => {
    const { throttle } = start();
    send(throttle, 19, () => false);
    assert.equal(throttle.refusalChance('default'), 0);
    send(throttle, 1, () => false);
    assert.equal(throttle.refusalChance('default'), 0.9);
  });

  it('takes a burst that is under way for no sign of trouble, and silence for one', async () => {
    const { host, throttle } = start();
    for (let index = 0; index < 256; index++) throttle.sent('default');
    assert.equal(throttle.refusalChance('default'), 0);
    await host.advance(1000);
    assert.equal(throttle.refusalChance('default'), 0.9);
  });

  it('forgets after four seconds', async () => {
    const { host, throttle } = start();
    send(throttle, 1000, () => false);
    await host.advance(4_000);
    assert.equal(throttle.refusalChance('default'), 0);
  });

  it('keeps to its formula for any history', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.double({ min: 0, max: 1, noNaN: true }), (sent, share) => {
        const { throttle } = start();
        const accepted = Math.floor(sent * share);
        send(throttle, sent, (index) => index < accepted);
        const chance = Math.max(0, Math.min(0.9, (sent - 2 * accepted) / (sent + 1)));
        const expected = sent < 20 ? 0 : chance;
        assert(Math.abs(throttle.refusalChance('default') - expected) < 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});
