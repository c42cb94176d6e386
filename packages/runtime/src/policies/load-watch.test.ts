import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { watchLoad } from './load-watch.ts';
import { ProcessGuard } from './process-guard.ts';

describe('the watch over a process', () => {
  it('takes the work of a start for no overload', async () => {
    const { host, guard, load } = createFixture({ loopUtilisation: 1, loopDelayP99Ms: 400 });
    await host.advance(4_500);
    assert.equal(guard.level, 'everybody');
    await host.advance(1_000);
    assert.equal(guard.level, 'pressing');
    Object.assign(load, { loopUtilisation: 0.2, loopDelayP99Ms: 1 });
    await host.advance(1_000);
    assert.equal(guard.level, 'everybody');
  });

  it('sees from the first second on that memory runs out', async () => {
    const { host, guard } = createFixture({ heapShare: 0.9 });
    await host.advance(1_000);
    assert.equal(guard.level, 'critical');
  });
});

function createFixture(given: object) {
  const host = createSimulatedHost({ seed: 1 });
  const guard = new ProcessGuard(CALLEE_DEFAULTS.guard);
  const load = { loopUtilisation: 0, loopDelayP99Ms: 0, heapShare: 0, ...given };
  const measureLoad = () => ({ read: () => load, stop() {} });
  watchLoad({ ...host, measureLoad }, { guard }, []);
  return { host, guard, load };
}
