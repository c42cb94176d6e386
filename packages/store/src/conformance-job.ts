import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, soon } from './conformance-schema.ts';
import { type JobLedger, TickTaken } from './job-ledger.ts';
import type { OpenStore } from './open-store.ts';

/** When jobs run. */
export const jobConformance: readonly ConformanceCase[] = [
  { name: 'lets one of several begin a run of a job', run: beginsOnce },
  { name: 'refuses to write jobs through the reading ledger', run: refusesWriting },
];

const NAME = '30s';

function inStore<T>(
  setup: ConformanceSetup,
  store: OpenStore,
  work: (jobs: JobLedger) => Promise<T>,
): Promise<T> {
  return store.transaction(({ jobs }) => work(jobs), soon(setup));
}

async function beginsOnce(setup: ConformanceSetup): Promise<void> {
  const stores = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])] as const;
  const [store, other] = stores;
  assert.equal(await store.jobs.find(NAME), undefined);
  await inStore(setup, store, (jobs) => jobs.plan(NAME, 30));
  await inStore(setup, other, (jobs) => jobs.plan(NAME, 99));
  assert.deepEqual(await other.jobs.find(NAME), { tick: 0, dueAt: 30 });
  const begin = (at: OpenStore) =>
    inStore(setup, at, (jobs) => jobs.begin(NAME, { tick: 0, dueAt: 60 }));
  const results = await Promise.allSettled([begin(store), begin(other)]);
  const lost = results.filter((result) => result.status === 'rejected');
  assert.equal(lost.length, 1);
  assert(lost[0]?.reason instanceof TickTaken);
  assert.deepEqual(await store.jobs.find(NAME), { tick: 1, dueAt: 60 });
}

async function refusesWriting(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await assert.rejects(store.jobs.plan(NAME, 30));
  assert.equal(await store.jobs.find(NAME), undefined);
}
