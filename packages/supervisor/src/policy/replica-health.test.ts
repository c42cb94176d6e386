import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterCheck, afterDrain, newborn, type ReplicaHealth } from './replica-health.ts';

const good = { started: true, serving: true };
const bad = { started: true, serving: false };
const loading = { started: false, serving: false };

const after = (health: ReplicaHealth, ...checks: readonly (typeof good)[]) =>
  checks.reduce(afterCheck, health);

test('a replica is ready after two good checks in a row', () => {
  assert.equal(after(newborn, loading, good).phase, 'starting');
  assert.equal(after(newborn, good, bad, good).phase, 'starting');
  assert.equal(after(newborn, loading, good, good).phase, 'ready');
});

test('three misses in a row end it, two do not, and two good checks bring it back', () => {
  const ready = after(newborn, good, good);
  assert.equal(after(ready, bad, bad, good, bad, bad).phase, 'ready');
  const out = after(ready, bad, bad, bad);
  assert.equal(out.phase, 'not-ready');
  assert.equal(after(out, good).phase, 'not-ready');
  assert.equal(after(out, good, good).phase, 'ready');
});

test('what drains stays so', () => {
  const draining = afterDrain(after(newborn, good, good));
  assert.equal(after(draining, good, good, good).phase, 'draining');
});
