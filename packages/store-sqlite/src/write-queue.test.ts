import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import type { TransactionControl, WriteScope } from './savepoint-stack.ts';
import { WriteQueue } from './write-queue.ts';

/** A connection that writes down what it is told, and fails where a test says. */
function createScripted(failing: (sql: string) => Error | undefined = () => undefined) {
  const statements: string[] = [];
  let inTransaction = false;
  const connection: TransactionControl = {
    get inTransaction() {
      return inTransaction;
    },
    control(sql) {
      const failure = failing(sql);
      if (failure) throw failure;
      statements.push(sql);
      if (sql === 'BEGIN IMMEDIATE') inTransaction = true;
      if (sql === 'COMMIT' || sql === 'ROLLBACK') inTransaction = false;
    },
  };
  const host = createSimulatedHost({ seed: 1 });
  const warnings: unknown[] = [];
  const warn = (fields: object, message?: string) => void warnings.push([message, fields]);
  const queue = new WriteQueue(connection, host, { warn });
  const run = <T>(work: (scope: WriteScope) => Promise<T>, withinMs = 5_000) =>
    queue.run(work, host.clock.monotonic() + withinMs);
  const count = (sql: string) => statements.filter((each) => each === sql).length;
  return { statements, host, queue, run, count, warnings, rollBack: () => (inTransaction = false) };
}

const engineError = (errcode: number) =>
  Object.assign(new Error('engine'), { code: 'ERR_SQLITE_ERROR', errcode });

test('commits a lone transaction without a savepoint, and without waiting for time to pass', async () => {
  const { host, run, statements } = createScripted();
  const result = run(async () => 7);
  await host.advance(0);
  assert.equal(await result, 7);
  assert.deepEqual(statements, ['BEGIN IMMEDIATE', 'COMMIT']);
});

test('undoes a first transaction with the group, and a later one alone', async () => {
  const { host, run, statements } = createScripted();
  const refuse = async () => {
    throw new Error('no');
  };
  const all = Promise.allSettled([run(refuse), run(async () => 'kept'), run(refuse)]);
  await host.runUntilIdle();
  const outcomes = (await all).map(({ status }) => status);
  assert.deepEqual(outcomes, ['rejected', 'fulfilled', 'rejected']);
  const first = ['BEGIN IMMEDIATE', 'ROLLBACK', 'BEGIN IMMEDIATE'];
  const later = ['SAVEPOINT s0', 'ROLLBACK TO s0', 'RELEASE s0', 'COMMIT'];
  assert.deepEqual(statements, [...first, ...later]);
});

test('lets at most 64 transactions share a commit', async () => {
  const { host, run, count } = createScripted();
  const all = Promise.all(Array.from({ length: 130 }, (_, index) => run(async () => index)));
  await host.advance(0);
  await host.runUntilIdle();
  assert.deepEqual(
    await all,
    Array.from({ length: 130 }, (_, index) => index),
  );
  assert.equal(count('COMMIT'), 3);
});

test('commits after 2 ms, however many wait', async () => {
  const { host, run, count } = createScripted();
  const slow = () => run(() => host.timers.sleep(2));
  const all = Promise.all([slow(), slow(), slow()]);
  await host.runUntilIdle();
  await all;
  assert.equal(count('COMMIT'), 3);
});

test('runs members strictly one after another, whatever they wait for', async () => {
  const { host, run } = createScripted();
  const trace: string[] = [];
  const member = (name: string) =>
    run(async () => {
      trace.push(`${name} begins`);
      await host.timers.sleep(1);
      trace.push(`${name} ends`);
    });
  const all = Promise.all([member('a'), member('b')]);
  await host.runUntilIdle();
  await all;
  assert.deepEqual(trace, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('tells nobody of a result, good or bad, before the commit', async () => {
  const { host, run, count } = createScripted();
  const known: string[] = [];
  const good = run(async () => {}).then(() => known.push(`good after ${count('COMMIT')}`));
  const bad = run(async () => {
    throw new Error('no');
  }).catch(() => known.push(`bad after ${count('COMMIT')}`));
  const third = run(async () => {
    await host.timers.sleep(1);
    assert.deepEqual(known, []);
  });
  await host.runUntilIdle();
  await Promise.all([good, bad, third]);
  assert.deepEqual(known, ['good after 1', 'bad after 1']);
});

test('fails every member when the commit fails, also those that had failed on their own', async () => {
  const failing = (sql: string) => (sql === 'COMMIT' ? engineError(778) : undefined);
  const { host, run, statements } = createScripted(failing);
  const good = run(async () => {});
  const bad = run(() => Promise.reject(new Error('rests on what good wrote')));
  const settled = Promise.allSettled([good, bad]);
  await host.runUntilIdle();
  for (const result of await settled) {
    assert(result.status === 'rejected');
    assert.equal(result.reason.class, 'UNAVAILABLE');
  }
  assert.equal(statements.at(-1), 'ROLLBACK');
});

test('says that a full disk refused the commit before anything was done', async () => {
  const failing = (sql: string) => (sql === 'COMMIT' ? engineError(13) : undefined);
  const { host, run } = createScripted(failing);
  const settled = assert.rejects(
    run(async () => {}),
    { class: 'OVERLOADED', code: 'store-full' },
  );
  await host.runUntilIdle();
  await settled;
});

test('fails the others when an error of one makes the engine roll all back', async () => {
  const { host, run, rollBack } = createScripted();
  const own = new Error('constraint with ON CONFLICT ROLLBACK');
  const first = run(async () => {});
  const culprit = run(async () => {
    rollBack();
    throw own;
  });
  const later = run(async () => 'ran in the next group');
  const settled = Promise.allSettled([first, culprit, later]);
  await host.runUntilIdle();
  const [one, two, three] = await settled;
  assert(one.status === 'rejected' && one.reason.code === 'store-rolled-back');
  assert(two.status === 'rejected' && two.reason === own);
  assert(three.status === 'fulfilled');
});

test('does not believe work that went on after the engine had rolled it back', async () => {
  const { host, run, rollBack } = createScripted();
  const settled = assert.rejects(
    run(async () => rollBack()),
    { code: 'store-rolled-back' },
  );
  await host.runUntilIdle();
  await settled;
});

test('ends a transaction that waits for longer than a second and goes on with the next', async () => {
  const { host, run, statements } = createScripted();
  const long = assert.rejects(
    run(() => new Promise(() => {})),
    { class: 'BUG', code: 'transaction-too-long' },
  );
  const next = run(async () => 'next');
  await host.runUntilIdle();
  await long;
  assert.equal(await next, 'next');
  assert.ok(statements.includes('ROLLBACK'));
  assert.equal(host.clock.monotonic(), 1_000);
});

/** Statements take time while nothing else of the process gets its turn. */
function slowly(host: SimulatedHost, ms: number) {
  const standing = host.clock.monotonic() + ms;
  host.clock.monotonic = () => standing;
}

test('commits a transaction of statements that took longer than a second, and says so', async () => {
  const { host, run, statements, warnings } = createScripted();
  const result = run(async (scope) => {
    scope.admit();
    slowly(host, 1_200);
    scope.admit();
    return 'whole';
  });
  await host.advance(0);
  assert.equal(await result, 'whole');
  assert.equal(statements.at(-1), 'COMMIT');
  assert.deepEqual(warnings, [['slow transaction', { tookMs: 1_200 }]]);
});

test('undoes a transaction that still runs statements after three seconds, whatever it makes of that', async () => {
  const { host, run, statements } = createScripted();
  const result = run(async (scope) => {
    slowly(host, 3_001);
    assert.throws(() => scope.admit(), { code: 'transaction-too-long' });
    return 'half';
  });
  const undone = assert.rejects(result, { class: 'BUG', code: 'transaction-too-long' });
  await host.advance(0);
  await undone;
  assert.equal(statements.at(-1), 'ROLLBACK');
});

test('gets the lock by trying again, without making the event loop stand still', async () => {
  let busy = 5;
  const failing = (sql: string) =>
    sql === 'BEGIN IMMEDIATE' && busy-- > 0 ? engineError(5) : undefined;
  const { host, run } = createScripted(failing);
  const result = run(async () => 'in');
  await host.runUntilIdle();
  assert.equal(await result, 'in');
  const waited = host.clock.monotonic();
  assert.ok(waited >= 5 && waited <= 100, `waited ${waited} ms`);
});

test('gives up on the lock at the deadline of each, and says that the store was busy', async () => {
  const failing = (sql: string) => (sql === 'BEGIN IMMEDIATE' ? engineError(5) : undefined);
  const { host, run } = createScripted(failing);
  const short = assert.rejects(
    run(async () => {}, 100),
    { class: 'OVERLOADED', code: 'store-busy' },
  );
  const long = assert.rejects(
    run(async () => {}, 300),
    { class: 'OVERLOADED', code: 'store-busy' },
  );
  await host.advance(130);
  await short;
  await host.advance(200);
  await long;
});

test('does not begin what expired while it waited', async () => {
  const { host, run } = createScripted();
  let ran = false;
  const first = run(() => host.timers.sleep(50));
  const second = run(async () => {
    ran = true;
  }, 20);
  const refused = assert.rejects(second, { class: 'DEADLINE', details: { started: false } });
  await host.runUntilIdle();
  await first;
  await refused;
  assert.equal(ran, false);
});

test('refuses when more than 10,000 transactions wait', async () => {
  const { host, run } = createScripted();
  const all = Array.from({ length: 10_001 }, () => run(async () => {}));
  const settled = Promise.allSettled(all);
  await host.runUntilIdle();
  const refused = (await settled).filter((result) => result.status === 'rejected');
  assert.deepEqual(
    refused.map((result) => result.reason.code),
    ['store-busy'],
  );
});

test('tells everybody who waits when the connection is beyond use', async () => {
  const failing = (sql: string) => (sql === 'BEGIN IMMEDIATE' ? engineError(10) : undefined);
  const { host, run } = createScripted(failing);
  const settled = Promise.allSettled([run(async () => {}), run(async () => {})]);
  await host.runUntilIdle();
  for (const result of await settled) {
    assert(result.status === 'rejected' && result.reason.class === 'UNAVAILABLE');
  }
});

test('closing lets what waits finish and refuses what comes', async () => {
  const { host, run, queue } = createScripted();
  const before = run(() => host.timers.sleep(5).then(() => 'done'));
  const closing = queue.close();
  await assert.rejects(
    run(async () => {}),
    { class: 'REFUSED' },
  );
  await host.runUntilIdle();
  await closing;
  assert.equal(await before, 'done');
});
