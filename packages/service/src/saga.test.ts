import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, operation } from '@portico/contract';
import * as z from 'zod';
import { saga } from './saga.ts';
import { pivot, step } from './saga-step.ts';
import { wait } from './saga-wait.ts';
import { service } from './service.ts';
import type { StoreDefinition } from './store-definition.ts';

const store: StoreDefinition = { kind: 'test' };
const data = z.object({ id: z.string() });
const spec = { data, store };
const Other = api('other', {
  version: '1.0.0',
  summary: 'Other.',
  operations: { go: operation({ summary: 'Goes.', effect: 'safe' }) },
});
const Own = api('own', {
  version: '1.0.0',
  summary: 'Own.',
  operations: { go: operation({ summary: 'Goes.', effect: 'safe' }) },
});
const operations = { go: () => undefined };

test('lists everything that is wrong with a saga together', () => {
  const define = () =>
    saga('Bad name', { ...spec, version: 0, deadlineMs: 0, stuckMs: 3_600_001 }, [
      step('one', { do: () => {} }),
      step('one', { do: () => {}, undo: 'nothing', timeoutMs: 60_001 }),
      pivot('decide'),
      pivot('again'),
      step('after', { do: () => {}, undo: () => {}, attemptsMax: 0, limitMs: 0 }),
    ]);
  assert.throws(define, (thrown: Error) => {
    const lines = thrown.message.split('\n').map((line) => line.trim());
    assert.deepEqual(lines, [
      'The saga "Bad name" can\'t be defined:',
      '- its name: a name is 1 to 40 letters, digits and dashes, and begins with a small letter.',
      '- version: is a whole number from 1, not 0.',
      '- deadlineMs: is from 1 ms to 29 days, not 0.',
      '- stuckMs: is from 1 ms to an hour, not 3600001.',
      `- steps.one: stands before the pivot, so say how to undo it, or undo: 'nothing'.`,
      '- steps.one: there are two of this name.',
      '- steps.again: a saga has one pivot.',
      '- steps.after: stands after the pivot and is never undone: remove "undo".',
      '- steps.one.timeoutMs: is from 1 to 60000 ms.',
      '- steps.after.attemptsMax: is at least 1.',
      '- steps.after.limitMs: is at least 1 ms.',
    ]);
    return true;
  });
});

test('refuses a saga without steps, and data that no contract could have', () => {
  assert.throws(() => saga('empty', spec, []), /steps: it has none/);
  const steps = Array.from({ length: 1_001 }, (_, n) =>
    step(`s${n}`, { do: () => {}, undo: 'nothing' }),
  );
  assert.throws(() => saga('long', spec, steps as never), /steps: more than 1000/);
  const odd = z.object({ on: z.date() });
  assert.throws(() => saga('odd', { data: odd, store }, [pivot('decide')]), /on/);
});

test('refuses a service whose sagas do not fit it', () => {
  const trip = saga('trip', { ...spec, api: Other, uses: { other: Other } }, [pivot('decide')]);
  const same = saga('trip', spec, [pivot('decide')]);
  assert.throws(
    () => service(Own)({ sagas: { trip, same }, operations }),
    (thrown: Error) => {
      assert.match(thrown.message, /sagas\.trip: publishes events of "other", not of "own"\./);
      assert.match(thrown.message, /sagas\.trip: uses "other"; name it in "uses" too\./);
      assert.match(thrown.message, /sagas\.same: there are two of "trip" version 1\./);
      assert.match(thrown.message, /sagas: are kept in a store, so the service needs one\./);
      return true;
    },
  );
  const fitting = service(Own)({ sagas: { same }, store, operations });
  assert.equal(fitting.spec.sagas?.same, same);
});

test('waits for a time that is one', () => {
  assert.equal(wait(0).forMs, 0);
  assert.deepEqual(wait(5, { id: 'x' }).update, { id: 'x' });
  assert.equal(wait(Number.POSITIVE_INFINITY).forMs, Number.POSITIVE_INFINITY);
  for (const forMs of [-1, Number.NaN]) assert.throws(() => wait(forMs), RangeError);
});
