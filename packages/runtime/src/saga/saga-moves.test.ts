import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { pivot, type Saga, type StoreDefinition, saga, step } from '@portico/service';
import type { SagaPlace, SagaRecord, StoredReason } from '@portico/store/spi';
import * as z from 'zod';
import { TIMINGS } from '../timings.ts';
import {
  afterAttempt,
  beginAttempt,
  type Ending,
  isTooOld,
  KEY_TRUSTED_MS,
  release,
  retryDelayMs,
  settlePlace,
} from './saga-moves.ts';

const NOW = 1_000_000;
const { random } = createSimulatedHost({ seed: 1 });
const timings = TIMINGS;
const nothing = () => undefined;
const spec = { data: z.object({}), store: { kind: 'test' } satisfies StoreDefinition };
const trip = saga('trip', spec, [
  step('one', { do: nothing, undo: nothing }),
  step('two', { do: nothing, undo: 'nothing' }),
  step('three', { do: nothing, undo: nothing, attemptsMax: 3, limitMs: 20_000 }),
  pivot('decide'),
  step('four', { do: nothing }),
]);
const GIVEN_UP: StoredReason = { kind: 'aborted', name: 'NotWanted', message: '', step: '' };

function at(step: string, more: Partial<SagaRecord> = {}): SagaRecord {
  return {
    ...{ seq: 1, id: 'a', type: 'trip', version: 1, queue: undefined, trace: undefined },
    ...{ deadline: NOW + 300_000, startedAt: NOW - 1_000, state: 'running', step },
    ...{ pivoted: false, data: {}, reason: undefined, abort: undefined, nextAt: NOW + 1_000 },
    ...{ holder: 'h', leaseUntil: NOW + 5, fence: 1, attempts: 1, failures: 1, troubleAt: NOW },
    ...{ stuck: false, stepAt: NOW, endedAt: undefined, wakes: 0 },
    ...more,
  };
}

/** Where a saga is after an attempt, and after everything that needs none. */
function move(before: SagaRecord, ending: Ending, now = NOW, definition: Saga = trip): SagaPlace {
  const times = { begunAt: before.stepAt ?? now, now, wakes: 0, random, timings };
  const place = afterAttempt(before, { definition, ending }, times);
  return settlePlace({ ...before, ...place }, definition, now);
}

const done: Ending = { kind: 'done', data: {} };
const failed: Ending = { kind: 'failed', problem: '' };
const refused: Ending = { kind: 'refused', reason: { kind: 'error', name: 'Sold', message: '' } };

function whereOf({ state, step }: SagaPlace): string {
  return `${state} ${step}`;
}

describe('the moves of a saga', () => {
  it('go from step to step, over a pivot that only marks the point, to the end', () => {
    assert.equal(whereOf(move(at('one'), done)), 'running two');
    const after = move(at('three'), done);
    assert.equal(whereOf(after), 'running four');
    assert.equal(after.pivoted, true);
    assert.deepEqual([after.attempts, after.failures, after.troubleAt], [0, 0, undefined]);
    const ended = move(at('four', { pivoted: true }), done);
    assert.deepEqual([ended.state, ended.endedAt, ended.nextAt], ['done', NOW, undefined]);
  });

  it('lead back through the step that was refused and those before it', () => {
    assert.equal(whereOf(move(at('three'), refused)), 'compensating three');
    const second = at('three', { state: 'compensating' });
    assert.equal(whereOf(move(second, done)), 'compensating one', 'two has nothing to undo');
    const last = move(at('one', { state: 'compensating' }), done);
    assert.deepEqual([last.state, last.endedAt], ['undone', NOW]);
  });

  it('lead back past a step that has not begun', () => {
    const before = at('three', { attempts: 0, abort: GIVEN_UP });
    const place = settlePlace(before, trip, NOW);
    assert.equal(whereOf(place), 'compensating one');
    assert.equal(place.reason?.step, 'three');
    const first = settlePlace(at('one', { attempts: 0 }), trip, NOW + 300_000);
    assert.deepEqual([first.state, first.reason?.kind], ['undone', 'deadline']);
  });

  it('lead only forward after the pivot', () => {
    const after = at('four', { pivoted: true });
    assert.equal(whereOf(move(after, refused)), 'running four');
    assert.equal(whereOf(move(after, failed, NOW + 10_000_000)), 'running four');
    assert.equal(whereOf(settlePlace(after, trip, NOW + 10_000_000)), 'running four');
  });

  it('lead back when a step is without an answer too often, or for too long', () => {
    assert.equal(whereOf(move(at('three', { failures: 2 }), failed)), 'running three');
    assert.equal(whereOf(move(at('three', { failures: 3 }), failed)), 'compensating three');
    assert.equal(whereOf(move(at('three'), failed, NOW + 19_999)), 'running three');
    assert.equal(whereOf(move(at('three'), failed, NOW + 20_000)), 'compensating three');
  });

  it('wait longer each time, up to a minute', () => {
    const delays = [1, 2, 3, 6, 7, 50].map((failures) =>
      retryDelayMs(failures, { random, timings }),
    );
    const expected = [1_000, 2_000, 4_000, 32_000, 60_000, 60_000];
    for (const [n, delayMs] of delays.entries()) {
      const ratio = delayMs / (expected[n] ?? 0);
      assert.ok(ratio >= 0.8 && ratio <= 1.2, `${delayMs}`);
    }
  });

  it('end a wait with the saga being woken meanwhile, and never after its deadline', () => {
    const ending: Ending = { kind: 'waiting', data: {}, forMs: 1e9, hasCalledKeyed: false };
    assert.equal(move(at('one', { wakes: 1 }), ending).nextAt, NOW);
    const waiting = move(at('one'), ending);
    assert.equal(waiting.nextAt, NOW + 1e9);
    const saga = at('one', { ...waiting });
    assert.equal(release(saga).nextAt, saga.deadline);
    assert.equal(release({ ...saga, pivoted: true }).nextAt, NOW + 1e9);
    assert.deepEqual([release(saga).holder, release(saga).leaseUntil], ['', 0]);
  });

  it('count an attempt as failed until it has ended', () => {
    const before = at('one', { attempts: 2, failures: 1, troubleAt: undefined, stepAt: undefined });
    const begun = beginAttempt(before, 'me', { now: NOW, random, timings });
    assert.deepEqual([begun.attempts, begun.failures, begun.holder], [3, 2, 'me']);
    assert.deepEqual([begun.troubleAt, begun.stepAt], [NOW, NOW]);
    assert.equal(begun.leaseUntil, NOW + timings.leaseMs);
    assert.ok((begun.nextAt ?? 0) > NOW);
    const drained = move(at('one', { failures: 1 }), { kind: 'interrupted' });
    assert.deepEqual([drained.failures, drained.troubleAt], [0, undefined]);
    assert.equal(drained.nextAt, NOW);
  });

  it('do not rest on keys that callees may have forgotten', () => {
    const late = NOW + KEY_TRUSTED_MS;
    assert.equal(isTooOld(at('four'), trip, late - 1), false);
    assert.equal(isTooOld(at('four'), trip, late), true);
    assert.equal(isTooOld(at('decide'), trip, late), false, 'a pivot calls nobody');
    const ending: Ending = { kind: 'waiting', data: {}, forMs: 1, hasCalledKeyed: false };
    assert.equal(move(at('one'), ending).stepAt, undefined, 'it waits, and has called nobody');
    assert.equal(move(at('one'), { ...ending, hasCalledKeyed: true }).stepAt, NOW);
    const back = move(at('three'), refused);
    assert.equal(back.stepAt, NOW - 1_000, 'no key is older than its saga');
  });
});
