import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { Cancellation } from './cancellation.ts';

describe('a cancellation', () => {
  it('tells listeners and its signal the first reason, once, in the same turn', () => {
    const cancellation = new Cancellation();
    const heard: unknown[] = [];
    cancellation.onCancel((reason) => heard.push(reason));
    const stop = cancellation.onCancel(() => heard.push('stopped'));
    stop();
    const { signal } = cancellation;
    const reason = new Failure('DEADLINE', 'deadline', 'late');
    cancellation.cancel(reason);
    cancellation.cancel();
    assert.deepEqual(heard, [reason]);
    assert.equal(signal.reason, reason);
    assert.equal(cancellation.reason, reason);
  });

  it('tells whoever comes late at once', () => {
    const cancellation = new Cancellation();
    cancellation.cancel();
    const heard: unknown[] = [];
    cancellation.onCancel(({ class: failureClass }) => heard.push(failureClass));
    assert.deepEqual(heard, ['CANCELLED']);
    assert.equal(cancellation.signal.aborted, true);
  });
});
