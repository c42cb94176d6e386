import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFaults, FAULT_KINDS, parseFaultPlan } from './faults.ts';
import { Problem } from './problem.ts';

const hitsOf = (plan: object, cards: readonly (string | undefined)[] = Array(200)) => {
  const faults = createFaults();
  faults.set(parseFaultPlan({ ...plan }));
  return Array.from(cards, (card) => faults.take('decline', card) !== undefined);
};
const count = (hits: readonly boolean[]) => hits.filter(Boolean).length;

describe('faults of the sandbox', () => {
  it('hit once when nothing is said about how often', () => {
    const hits = hitsOf({ faults: [{ kind: 'decline' }] });
    assert.equal(hits[0], true);
    assert.equal(count(hits), 1);
  });

  it('hit the first so many by count', () => {
    const hits = hitsOf({ faults: [{ kind: 'decline', count: 3 }] });
    assert.deepEqual(hits.slice(0, 4), [true, true, true, false]);
    assert.equal(count(hits), 3);
  });

  it('hit by rate, the same ones for the same seed and others for another', () => {
    const plan = (seed: number) => ({ seed, faults: [{ kind: 'decline', rate: 0.3 }] });
    const hits = hitsOf(plan(7));
    assert.ok(count(hits) > 35 && count(hits) < 85, `${count(hits)} of 200`);
    assert.deepEqual(hitsOf(plan(7)), hits);
    assert.notDeepEqual(hitsOf(plan(8)), hits);
    assert.equal(count(hitsOf({ faults: [{ kind: 'decline', rate: 1 }] })), 200);
  });

  it('hit one card and leave the others alone', () => {
    const plan = { faults: [{ kind: 'decline', card: '4242' }] };
    const hits = hitsOf(plan, ['4242', '0002', undefined, '4242']);
    assert.deepEqual(hits, [true, false, false, true]);
  });

  it('add their conditions up', () => {
    const plan = { faults: [{ kind: 'decline', card: '4242', count: 1 }] };
    assert.deepEqual(hitsOf(plan, ['0002', '4242', '4242']), [false, true, false]);
  });

  it('tell how often each had a chance, and how often it hit', () => {
    const faults = createFaults();
    faults.set(parseFaultPlan({ faults: [{ kind: 'down', count: 1 }] }));
    faults.take('down', undefined);
    faults.take('down', undefined);
    const [shown] = faults.show().faults;
    assert.deepEqual(shown, { kind: 'down', count: 1, ms: 0, chances: 1, hits: 1 });
  });

  it('are refused with what is wrong about them', () => {
    const refusal = (fault: object) => {
      try {
        parseFaultPlan({ faults: [fault] });
        return undefined;
      } catch (problem) {
        return problem instanceof Problem ? problem.message : problem;
      }
    };
    assert.match(String(refusal({ kind: 'fire' })), new RegExp(FAULT_KINDS.join(', ')));
    assert.match(String(refusal({ kind: 'down', rate: 0 })), /^rate/);
    assert.match(String(refusal({ kind: 'down', rate: 1.1 })), /^rate/);
    assert.match(String(refusal({ kind: 'down', count: 0.5 })), /^count/);
    assert.match(String(refusal({ kind: 'down', card: '4242424242424242' })), /^card/);
    assert.match(String(refusal({ kind: 'latency', ms: -1 })), /^ms/);
    assert.throws(() => parseFaultPlan({ faults: {} }), /list/);
    assert.throws(() => parseFaultPlan({ seed: 'x' }), /seed/);
  });
});
