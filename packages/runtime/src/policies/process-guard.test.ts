import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Criticality } from '@portico/contract';
import type { ProcessLoad } from '@portico/host';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { ProcessGuard } from './process-guard.ts';

const CRITICALITIES: Criticality[] = ['critical', 'default', 'sheddable', 'batch'];

function shedAt(...seconds: readonly Partial<ProcessLoad>[]) {
  const guard = new ProcessGuard(CALLEE_DEFAULTS.guard);
  const idle = { loopUtilisation: 0, loopDelayP99Ms: 0, heapShare: 0 };
  for (const load of seconds) guard.observe({ read: () => ({ ...idle, ...load }) });
  return CRITICALITIES.filter((criticality) => guard.sheds(criticality));
}

describe('the process guard', () => {
  it('sheds nobody while the process has room', () => {
    assert.deepEqual(shedAt({ loopUtilisation: 0.95, loopDelayP99Ms: 100, heapShare: 0.85 }), []);
  });

  it('sheds what can be shed when the event loop is saturated, or late again and again', () => {
    const late = { loopDelayP99Ms: 101 };
    assert.deepEqual(shedAt({ loopUtilisation: 0.96 }), ['sheddable', 'batch']);
    assert.deepEqual(shedAt(late, late), ['sheddable', 'batch']);
  });

  it('sheds nobody for a pause that is over', () => {
    const late = { loopDelayP99Ms: 900 };
    assert.deepEqual(shedAt(late), []);
    assert.deepEqual(shedAt(late, {}, late), []);
  });

  it('serves only who is critical when memory runs out', () => {
    assert.deepEqual(shedAt({ heapShare: 0.86 }), ['default', 'sheddable', 'batch']);
  });
});
