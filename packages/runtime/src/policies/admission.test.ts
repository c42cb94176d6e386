import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Criticality, Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { Admission, type Candidate, FixedPlaces } from './admission.ts';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { ProcessGuard } from './process-guard.ts';
import { Turn } from './turn.ts';

interface Visitor extends Candidate {
  readonly name: string;
  outcome: 'waiting' | 'handled' | 'shed';
  waitedMs: number;
}

function start() {
  const host = createSimulatedHost({ seed: 1 });
  const guard = new ProcessGuard(CALLEE_DEFAULTS.guard);
  const meter = host.measureLoad();
  const admission = new Admission(new Turn(host), CALLEE_DEFAULTS, guard);
  const order: string[] = [];
  const enter = (name: string, criticality: Criticality = 'default'): Visitor => {
    const began = host.clock.monotonic();
    const visitor: Visitor = {
      ...{ name, criticality, outcome: 'waiting', waitedMs: 0, waitingSince: 0 },
      proceed() {
        visitor.outcome = 'handled';
        visitor.waitedMs = host.clock.monotonic() - began;
        order.push(name);
      },
      shed() {
        visitor.outcome = 'shed';
      },
    };
    try {
      if (admission.tryEnter() || admission.wait(visitor)) visitor.proceed();
    } catch (thrown) {
      assert(thrown instanceof Failure && thrown.class === 'OVERLOADED');
      visitor.outcome = 'shed';
    }
    return visitor;
  };
  const fill = (count: number) => {
    for (let index = 0; index < count; index++) enter('filler', 'critical');
    order.length = 0;
  };
  const leave = async (count = 1) => {
    for (let index = 0; index < count; index++) admission.leave();
    await host.advance(0);
  };
  const second = async () => {
    await host.advance(1000);
    guard.observe(meter);
    admission.adjust();
  };
  return { host, admission, enter, fill, leave, second, order };
}

describe('admission', () => {
  it('lets as many in as the limit says, and the others wait in order', async () => {
    const { admission, enter, fill, leave, order } = start();
    fill(32);
    const [a, b] = [enter('a'), enter('b')];
    assert.deepEqual([a.outcome, b.outcome], ['waiting', 'waiting']);
    assert.equal(admission.load, 34 / 32);
    await leave(2);
    assert.deepEqual(order, ['a', 'b']);
    const { inFlight, queued, admitted } = admission.stats();
    assert.deepEqual([inFlight, queued, admitted], [32, 0, 34]);
  });

  it('lets nobody pass those that wait but who is more critical', async () => {
    const { enter, fill, leave, admission, order } = start();
    fill(32);
    enter('a');
    admission.leave();
    enter('b', 'critical');
    await leave();
    assert.deepEqual(order, ['b', 'a']);
  });

  it('serves the more critical of those that wait first, and never sheds who is critical', async () => {
    const { host, enter, fill, leave, order } = start();
    fill(32);
    enter('batch', 'batch');
    enter('default');
    const critical = enter('critical', 'critical');
    await leave();
    assert.deepEqual(order, ['critical']);
    enter('again', 'critical');
    await host.advance(6);
    enter('noticed');
    await host.advance(200);
    enter('last');
    await leave(2);
    assert.deepEqual(order, ['critical', 'again', 'last']);
    assert.equal(critical.outcome, 'handled');
  });

  it('sheds by criticality, the least critical first', async () => {
    const { host, enter, fill } = start();
    // 132 places in all: 92 for batch, 112 for sheddable, 125 for default.
    fill(91);
    await host.advance(6);
    assert.equal(enter('a', 'batch').outcome, 'waiting');
    assert.equal(enter('b', 'batch').outcome, 'shed');
    fill(20);
    assert.equal(enter('c', 'sheddable').outcome, 'shed');
    fill(13);
    assert.equal(enter('d', 'default').outcome, 'shed');
    for (let index = 0; index < 7; index++) {
      assert.equal(enter(`e${index}`, 'critical').outcome, 'waiting');
    }
    assert.equal(enter('f', 'critical').outcome, 'shed');
  });

  it('sheds nobody of a burst, until it has waited too long', async () => {
    const { host, enter, fill } = start();
    // 125 places for default, and 256 more for a moment.
    fill(380);
    assert.equal(enter('a').outcome, 'waiting');
    assert.equal(enter('b').outcome, 'shed');
    await host.advance(6);
    assert.equal(enter('c', 'critical').outcome, 'shed');
  });

  it('serves the last come in overload, and sheds who has waited', async () => {
    const { host, enter, fill, leave, order, admission } = start();
    fill(32);
    const old = enter('old');
    await host.advance(6);
    enter('noticed');
    await host.advance(93);
    const recent = enter('recent');
    await host.advance(7);
    const last = enter('last');
    assert.equal(old.outcome, 'shed');
    await leave();
    assert.deepEqual(order, ['last']);
    assert.deepEqual([recent.outcome, last.outcome], ['waiting', 'handled']);
    assert.equal(admission.stats().shed.stale, 2);
  });

  it('forgets who gave up waiting', async () => {
    const { enter, fill, leave, order, admission } = start();
    fill(32);
    const [a] = [enter('a'), enter('b')];
    admission.giveUp(a);
    admission.giveUp(a);
    await leave();
    assert.deepEqual(order, ['b']);
    assert.equal(admission.stats().queued, 0);
  });

  it('raises its limit by the second, and cuts it in lasting overload', async () => {
    const { host, admission, enter, fill, leave, second } = start();
    fill(20);
    await leave(20);
    await second();
    assert.equal(admission.stats().limit, 33);
    fill(33);
    for (let passed = 0; passed < 4; passed++) {
      enter('a');
      await host.advance(6);
      enter('b');
      await host.advance(101);
      enter('c');
      await second();
    }
    assert.equal(admission.stats().limit, 26);
  });

  it('sheds what can be shed while the process is busy', async () => {
    const { host, enter, second, admission } = start();
    host.setLoad({ loopUtilisation: 1 });
    await second();
    assert.equal(enter('a', 'sheddable').outcome, 'shed');
    assert.equal(enter('b').outcome, 'handled');
    host.setLoad({ loopUtilisation: 0.5 });
    await second();
    assert.equal(enter('c', 'sheddable').outcome, 'handled');
    assert.equal(admission.stats().shed.guard, 1);
  });

  it('keeps its bounds and loses nobody, whatever happens', async () => {
    const step = fc.record({
      waitMs: fc.nat(30),
      enter: fc.nat(40),
      leave: fc.nat(40),
      criticality: fc.constantFrom<Criticality>('critical', 'default', 'sheddable', 'batch'),
      adjust: fc.boolean(),
      giveUp: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { host, admission, enter } = start();
        const all: Visitor[] = [];
        let gone = 0;
        let left = 0;
        for (const given of steps) {
          await host.advance(given.waitMs);
          for (let index = 0; index < given.enter; index++) all.push(enter('x', given.criticality));
          const waiting = all.find(({ outcome }) => outcome === 'waiting');
          if (given.giveUp && waiting) {
            admission.giveUp(waiting);
            all.splice(all.indexOf(waiting), 1);
            gone++;
          }
          const leaving = Math.min(given.leave, admission.inFlight);
          for (let index = 0; index < leaving; index++) admission.leave();
          left += leaving;
          if (given.adjust) admission.adjust();
          await host.advance(0);
          const { inFlight, queued, limit } = admission.stats();
          const count = (outcome: Visitor['outcome']) =>
            all.filter((visitor) => visitor.outcome === outcome).length;
          assert.equal(count('handled'), inFlight + left);
          assert.equal(count('waiting'), queued);
          assert(queued <= 100 && inFlight >= 0);
          // Nobody waits while there is a place.
          assert(queued === 0 || inFlight >= limit);
        }
        assert(gone >= 0);
      }),
      { numRuns: 60 },
    );
  });

  it('has a fixed number of places for what is apart', () => {
    const places = new FixedPlaces('calls of operators', 2);
    assert.equal(places.tryEnter() && places.tryEnter(), true);
    assert.equal(places.tryEnter(), false);
    assert.throws(() => places.wait(), /2 calls of operators are under way/);
    places.leave();
    assert.equal(places.tryEnter(), true);
    assert.equal(places.refused, 1);
  });
});
