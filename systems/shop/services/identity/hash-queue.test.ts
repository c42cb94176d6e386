import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { createWorkQueue } from './hash-queue.ts';

const never = new AbortController().signal;

describe('the queue of password hashes', () => {
  it('runs no more at once than it may, in the order they came', async () => {
    const queue = createWorkQueue();
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = (number: number) => async () => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(number);
      running--;
      return number;
    };
    const numbers = Array.from({ length: 20 }, (_, at) => at);
    const results = await Promise.all(
      numbers.map((number) => queue.run(work(number), { atOnce: 2, signal: never })),
    );
    assert.equal(most, 2);
    assert.deepEqual(results, numbers);
    assert.deepEqual(order, numbers);
  });

  it('refuses at once when too much waits, and recovers', async () => {
    const queue = createWorkQueue();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const outcomes = Array.from({ length: 60 }, () =>
      queue
        .run(() => gate, { atOnce: 1, signal: never })
        .then(
          () => 'done',
          (error: unknown) => (error instanceof Failure ? error.class : 'other'),
        ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    open();
    const ended = await Promise.all(outcomes);
    assert.equal(ended.filter((outcome) => outcome === 'OVERLOADED').length, 9);
    assert.equal(ended.filter((outcome) => outcome === 'done').length, 51);
    assert.equal(await queue.run(async () => 'again', { atOnce: 1, signal: never }), 'again');
  });

  it('skips work whose caller has given up, and goes on with the next', async () => {
    const queue = createWorkQueue();
    const gone = AbortSignal.abort(new Failure('CANCELLED', 'cancelled', 'gone'));
    let ran = false;
    const skipped = queue.run(
      async () => {
        ran = true;
      },
      { atOnce: 1, signal: gone },
    );
    await assert.rejects(
      skipped,
      (error) => error instanceof Failure && error.class === 'CANCELLED',
    );
    assert.equal(ran, false);
    assert.equal(await queue.run(async () => 1, { atOnce: 1, signal: never }), 1);
  });

  it('goes on after work that failed', async () => {
    const queue = createWorkQueue();
    const fails = queue.run(() => Promise.reject(new Error('no')), { atOnce: 1, signal: never });
    const next = queue.run(async () => 2, { atOnce: 1, signal: never });
    await assert.rejects(fails, /no/);
    assert.equal(await next, 2);
  });
});
