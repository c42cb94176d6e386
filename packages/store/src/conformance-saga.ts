import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, soon } from './conformance-schema.ts';
import type { OpenStore } from './open-store.ts';
import { SAGA_KEPT_MS, SagaFenced, type SagaLedger } from './saga-ledger.ts';
import type { SagaIdentity, SagaPlace, StoredReason } from './saga-record.ts';

/** Where sagas stand. */
export const sagaConformance: readonly ConformanceCase[] = [
  { name: 'gives back a saga as it was, and keeps the first of its id', run: givesBack },
  { name: 'changes a saga only for whoever holds its newest fence', run: fences },
  {
    name: 'finds the sagas of a known definition that are due and free, or held by others',
    run: findsDue,
  },
  { name: 'lets sagas of a queue wait for the older ones', run: queues },
  { name: 'wakes a live saga and gives up one before its pivot', run: wakes },
  { name: 'keeps the first and the newest attempts at a step', run: boundsHistory },
  { name: 'sweeps a saga with its history 30 days after its end', run: sweeps },
  { name: 'refuses to write sagas through the reading ledger', run: refusesWriting },
];

const NOW = 1_000_000;
const WHY: StoredReason = { kind: 'error', name: 'Sold', message: 'out', step: 'one' };

function sagaOf(id: string, more: Partial<SagaIdentity & SagaPlace> = {}) {
  return {
    ...{ id, type: 'trip', version: 1, queue: undefined, trace: undefined, deadline: NOW + 9 },
    ...{ startedAt: NOW, state: 'running', step: 'one', pivoted: false, data: { n: [1, 'x'] } },
    ...{ reason: undefined, abort: undefined, nextAt: NOW, holder: '', leaseUntil: 0, fence: 0 },
    ...{ attempts: 0, failures: 0, troubleAt: undefined, stuck: false, stepAt: undefined },
    endedAt: undefined,
    ...more,
  } as const satisfies SagaIdentity & SagaPlace;
}

function inStore<T>(
  setup: ConformanceSetup,
  store: OpenStore,
  work: (sagas: SagaLedger) => Promise<T>,
): Promise<T> {
  return store.transaction((transaction) => work(transaction.sagas), soon(setup));
}

async function givesBack(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const saga = sagaOf('a', {
    ...{ queue: 'q', trace: '00-a-b-01', state: 'compensating', pivoted: true, reason: WHY },
    ...{ abort: WHY, holder: 'h', leaseUntil: 5, fence: 3, attempts: 2, failures: 1, troubleAt: 7 },
    ...{ stuck: true, stepAt: 8, endedAt: 9, nextAt: undefined },
  });
  assert.equal(await inStore(setup, store, (sagas) => sagas.insert(saga)), true);
  const other = sagaOf('a', { data: { other: true } });
  assert.equal(await inStore(setup, store, (sagas) => sagas.insert(other)), false);
  const { seq, wakes, ...found } = (await store.sagas.find('a')) ?? assert.fail('it is gone');
  assert.deepEqual(found, saga);
  assert.equal(wakes, 0);
  assert.ok(seq > 0);
  assert.equal(await store.sagas.find('b'), undefined);
}

async function fences(setup: ConformanceSetup): Promise<void> {
  const replicas = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])];
  const [first, second] = replicas as [OpenStore, OpenStore];
  await inStore(setup, first, (sagas) => sagas.insert(sagaOf('a')));
  const seen = (await first.sagas.find('a')) ?? assert.fail('it is gone');
  const claims = replicas.map((store, n) =>
    inStore(setup, store, (sagas) => sagas.save(seen, { ...seen, holder: `h${n}`, fence: 1 })),
  );
  const results = await Promise.allSettled(claims);
  const lost = results.filter((result) => result.status === 'rejected');
  assert.equal(lost.length, 1);
  assert(lost[0]?.reason instanceof SagaFenced);
  assert.equal(await inStore(setup, second, (sagas) => sagas.renew('a', 0, NOW)), false);
  assert.equal(await inStore(setup, second, (sagas) => sagas.renew('a', 1, NOW + 1)), true);
  assert.equal((await first.sagas.find('a'))?.leaseUntil, NOW + 1);
}

async function dueAt(store: OpenStore, now: number): Promise<readonly string[]> {
  return await store.sagas.due({ now, holder: 'me', limit: 10, definitions: ['trip@1'] });
}

async function findsDue(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await inStore(setup, store, async (sagas) => {
    await sagas.insert(sagaOf('late', { nextAt: NOW - 1 }));
    await sagas.insert(sagaOf('first', { nextAt: NOW - 2 }));
    await sagas.insert(sagaOf('later', { nextAt: NOW + 1 }));
    await sagas.insert(sagaOf('never', { nextAt: undefined }));
    await sagas.insert(sagaOf('held', { holder: 'other', leaseUntil: NOW + 1 }));
    await sagas.insert(sagaOf('mine', { holder: 'me', leaseUntil: NOW + 1 }));
    await sagas.insert(sagaOf('newer', { version: 2 }));
  });
  assert.deepEqual(await dueAt(store, NOW), ['first', 'late', 'mine']);
  const search = { holder: 'me', limit: 10, definitions: ['trip@1'] };
  const held = { id: 'held', holder: 'other', fence: 0, leaseUntil: NOW + 1 };
  assert.deepEqual(await store.sagas.held(search), [held]);
  const live = await store.sagas.live();
  const counts = live.map(({ version, step, count }) => [version, step, Number(count)]);
  assert.deepEqual(counts.sort(), [
    [1, 'one', 6],
    [2, 'one', 1],
  ]);
  const running = { type: 'trip', state: 'running', stuck: false, count: 7 } as const;
  assert.deepEqual(await store.sagas.counts(), [running]);
}

async function queues(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await inStore(setup, store, async (sagas) => {
    await sagas.insert(sagaOf('a', { queue: 'q', nextAt: NOW + 5 }));
    await sagas.insert(sagaOf('b', { queue: 'q' }));
    await sagas.insert(sagaOf('c', { queue: 'r' }));
  });
  assert.deepEqual(await dueAt(store, NOW), ['c']);
  await inStore(setup, store, async (sagas) => {
    const older = (await sagas.find('a')) ?? assert.fail('it is gone');
    const waiting = (await sagas.find('b')) ?? assert.fail('it is gone');
    assert.equal(await sagas.isQueued(older), false);
    assert.equal(await sagas.isQueued(waiting), true);
    await sagas.save(older, { ...older, state: 'done', nextAt: undefined, endedAt: NOW });
    assert.equal(await sagas.isQueued(waiting), false);
  });
  assert.deepEqual(await dueAt(store, NOW), ['b', 'c']);
  const page = await store.sagas.page({ queue: 'q', live: true, limit: 10 });
  assert.deepEqual(
    page.map(({ id }) => id),
    ['b'],
  );
  const rest = await store.sagas.page({ after: 'a', limit: 1 });
  assert.deepEqual(
    rest.map(({ id }) => id),
    ['b'],
  );
}

async function wakes(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await inStore(setup, store, async (sagas) => {
    await sagas.insert(sagaOf('waits', { nextAt: undefined }));
    await sagas.insert(sagaOf('pivoted', { pivoted: true }));
    await sagas.insert(sagaOf('ended', { state: 'done', endedAt: NOW, nextAt: undefined }));
    assert.equal(await sagas.wake('waits', NOW), true);
    assert.equal(await sagas.wake('ended', NOW), false);
    assert.equal(await sagas.giveUp('waits', WHY, NOW), true);
    assert.equal(await sagas.giveUp('waits', WHY, NOW), false);
    assert.equal(await sagas.giveUp('pivoted', WHY, NOW), false);
    assert.equal(await sagas.giveUp('ended', WHY, NOW), false);
  });
  const found = await store.sagas.find('waits');
  assert.deepEqual([found?.nextAt, found?.wakes, found?.abort], [NOW, 2, WHY]);
}

async function boundsHistory(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await inStore(setup, store, async ({ history }) => {
    for (let attempt = 1; attempt <= 100; attempt++) {
      const line = { saga: 'a', step: 'one', direction: 'do', attempt } as const;
      await history.begin(line, 'a/one', NOW + attempt);
      const result = { problem: `p${attempt}` };
      await history.end(line, { status: 'failed', result, now: NOW + attempt });
    }
    const by = { by: 'olga', reason: 'why', now: NOW };
    await history.intervene({ saga: 'a', step: 'one', action: 'retry', ...by });
    await history.intervene({ saga: 'a', step: 'one', action: 'abort', ...by });
  });
  const lines = await store.sagas.history.read('a');
  const attempts = lines.filter(({ direction }) => direction === 'do').map((one) => one.attempt);
  assert.deepEqual([attempts[0], attempts[1], attempts.at(-1), attempts.length], [1, 86, 100, 16]);
  assert.deepEqual(lines[0]?.result, { problem: 'p1' });
  const operated = lines.filter(({ direction }) => direction === 'operator');
  assert.deepEqual(
    operated.map(({ status, key, attempt }) => [status, key, attempt]),
    [
      ['retry', 'olga', 1],
      ['abort', 'olga', 2],
    ],
  );
}

async function sweeps(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const line = (saga: string) => ({ saga, step: 'one', direction: 'do', attempt: 1 }) as const;
  await inStore(setup, store, async (sagas) => {
    for (const [id, endedAt] of [
      ['old', NOW],
      ['young', NOW + 1],
      ['live', undefined],
    ] as const) {
      await sagas.insert(sagaOf(id, { endedAt }));
      await sagas.history.begin(line(id), id, NOW);
    }
  });
  const { sagas } = await store.sweep(NOW + SAGA_KEPT_MS);
  assert.equal(sagas, 1);
  const left = await store.sagas.list({ limit: 10 });
  assert.deepEqual(
    left.map(({ id }) => id),
    ['live', 'young'],
  );
  assert.deepEqual(await store.sagas.history.read('old'), []);
  assert.equal((await store.sagas.history.read('young')).length, 1);
}

async function refusesWriting(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await assert.rejects(store.sagas.insert(sagaOf('a')), { code: 'read-only' });
}
