import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallFigures, judgeCanary } from './canary.ts';

const old: CallFigures = { calls: 10_000, failures: 10, timed: 9_000, p95Ms: 20 };
const judge = (young: Partial<CallFigures>, more: object = {}) => {
  const figures = { calls: 200, failures: 0, timed: young.calls ?? 200, p95Ms: 20, ...young };
  return judgeCanary({ old, new: figures, elapsedMs: 15_000, crashes: 0, ...more });
};

test('a canary is judged after its slow start, and 200 calls or a minute', () => {
  assert.equal(judge({}, { elapsedMs: 9_999 }).kind, 'wait');
  assert.equal(judge({ calls: 199 }).kind, 'wait');
  assert.equal(judge({ calls: 199 }, { elapsedMs: 60_000 }).kind, 'pass');
  assert.equal(judge({}).kind, 'pass');
});

test('a crash fails it at once, however few called', () => {
  assert.equal(judge({ calls: 0 }, { elapsedMs: 1, crashes: 1 }).kind, 'fail');
});

test('more failures than the old ones by a point fail it, two accidents do not', () => {
  assert.deepEqual(judge({ failures: 3 }), {
    kind: 'fail',
    reason: "1.5 % of its 200 calls failed, 0.1 % of the old ones'",
  });
  assert.equal(judge({ failures: 2 }).kind, 'pass');
  const sick = { old: { ...old, failures: 1_000 } };
  assert.equal(judge({ failures: 20 }, sick).kind, 'pass');
  assert.equal(judge({ failures: 23 }, sick).kind, 'fail');
});

test('being slower by half and 5 ms fails it', () => {
  assert.equal(judge({ p95Ms: 35 }).kind, 'pass');
  assert.equal(judge({ p95Ms: 35.1 }).kind, 'fail');
  assert.equal(
    judge({ p95Ms: 500 }, { old: { calls: 3, failures: 0, timed: 3, p95Ms: 1 } }).kind,
    'pass',
  );
});

test('calls of the slow start are counted, and not timed', () => {
  assert.equal(judge({ calls: 900, timed: 199, p95Ms: 500 }).kind, 'wait');
  assert.equal(judge({ calls: 900, timed: 19, p95Ms: 500 }, { elapsedMs: 60_000 }).kind, 'pass');
  assert.equal(judge({ calls: 900, timed: 199, failures: 90 }, { elapsedMs: 60_000 }).kind, 'fail');
});

test('below 20 calls neither rate nor time judges', () => {
  const few = { calls: 19, failures: 19, p95Ms: 5_000 };
  assert.equal(judge(few, { elapsedMs: 60_000 }).kind, 'pass');
});
