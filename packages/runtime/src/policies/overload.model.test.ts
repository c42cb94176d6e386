import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, type Criticality, operation } from '@portico/contract';
import type { SimulatedHost } from '@portico/host';
import { service } from '@portico/service';
import { edgeCall, startBench } from '../fixtures.ts';
import { type Ended, openLoop } from './fixtures-model.ts';

const spec = { effect: 'safe', timeoutMs: 1000 } as const;
const Work = api('work', {
  version: '1.0.0',
  summary: 'Has something to do.',
  operations: { do: operation({ ...spec, summary: 'Does it.' }) },
});

/** What handlers need: so many at a time, each for `tookMs`, in the order they come. */
function createResource(host: SimulatedHost, size: number, tookMs: number) {
  const busyUntil = new Array<number>(size).fill(0);
  return async () => {
    const now = host.clock.monotonic();
    const index = busyUntil.indexOf(Math.min(...busyUntil));
    const until = Math.max(now, busyUntil[index] ?? 0) + tookMs;
    busyUntil[index] = until;
    await host.timers.sleep(until - now);
  };
}

interface Load {
  readonly size: number;
  readonly tookMs: number;
  readonly times: number;
}

/** Answers per second once limits have settled, and what part of the critical calls was answered. */
async function offer({ size, tookMs, times }: Load) {
  let use = async () => {};
  const worker = service(Work)({ operations: { do: () => use() } });
  const { runtime, host } = await startBench([worker]);
  use = createResource(host, size, tookMs);
  const perSecond = ((size * 1000) / tookMs) * times;
  let sent = 0;
  const criticalities: Criticality[] = [];
  const call = () => {
    // One in fifty is critical: even ten times overloaded there is room for those.
    const criticality = sent++ % 50 === 0 ? 'critical' : 'default';
    criticalities.push(criticality);
    const changes = { from: 'elsewhere', criticality } as const;
    return runtime.dispatcher.dispatch(Work.operations.do, {}, edgeCall(host, changes));
  };
  const settled = 25_000;
  const ended = await openLoop(host, { perSecond, seconds: 35 }, call);
  const late = ended.map((end, index) => ({ ...end, criticality: criticalities[index] }));
  const measured = late.filter(({ at }) => at >= settled);
  const answered = (ends: readonly Ended[]) =>
    ends.filter(({ outcome }) => outcome === 'answered').length;
  const critical = measured.filter(({ criticality }) => criticality === 'critical');
  const longest = Math.max(...ended.map((end) => end.tookMs));
  return {
    goodput: answered(measured) / 10,
    critical: answered(critical) / critical.length,
    longest,
  };
}

describe('overload, modelled', () => {
  for (const [what, resource] of [
    ['one processor', { size: 1, tookMs: 10 }],
    ['forty others that each takes 400 ms', { size: 40, tookMs: 400 }],
  ] as const) {
    it(`keeps nine tenths of the best goodput at ten times what it can do, on ${what}`, async () => {
      const goodputs: number[] = [];
      for (const times of [0.5, 1, 3, 10]) {
        const { goodput, critical, longest } = await offer({ ...resource, times });
        goodputs.push(goodput);
        assert(critical >= 0.99, `${critical} of the critical calls at ${times}×`);
        assert(longest <= 1000, `${longest} ms at ${times}×`);
      }
      const best = Math.max(...goodputs);
      assert((goodputs.at(-1) ?? 0) >= 0.9 * best, goodputs.join(' '));
      assert(best > 90, goodputs.join(' '));
    });
  }
});
