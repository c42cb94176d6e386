import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLoadMeter } from './load-meter.ts';

describe('the load meter', () => {
  it('reads shares between nothing and everything, also when nothing was measured', () => {
    const meter = createLoadMeter();
    for (let reading = 0; reading < 2; reading++) {
      const { loopUtilisation, loopDelayP99Ms, heapShare } = meter.read();
      assert(loopUtilisation >= 0 && loopUtilisation <= 1);
      assert(loopDelayP99Ms >= 0 && Number.isFinite(loopDelayP99Ms));
      assert(heapShare > 0 && heapShare < 1);
    }
    meter.stop();
  });
});
