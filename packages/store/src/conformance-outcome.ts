import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, account, accounts, outcome, reading, soon } from './conformance-schema.ts';
import type { OpenStore, OutcomeRecord } from './open-store.ts';
import { CONSUMER_OUTCOME_KEPT_MS, DERIVED_OUTCOME_KEPT_MS, OutcomeConflict } from './outcome.ts';

/** Outcomes of keyed calls. */
export const outcomeConformance: readonly ConformanceCase[] = [
  { name: 'has one effect per key, whoever races on whichever replica', run: oneEffect },
  { name: 'lets a loser read the outcome that it lost to', run: loserReads },
  { name: 'keeps keys of any length apart, and scopes and operations too', run: keepsApart },
  { name: 'gives back values, declared errors and tombstones as they were', run: givesBack },
  { name: 'sweeps outcomes when their time is over, and tombstones never', run: sweeps },
  { name: 'blanks the outcomes of an erased person and keeps key and hash', run: forgets },
];

async function oneEffect(setup: ConformanceSetup): Promise<void> {
  const replicas = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])];
  const attempts = Array.from({ length: 20 }, (_, index) => {
    const store = replicas[index % 2] as OpenStore;
    return store.transaction(async (transaction) => {
      await accounts(transaction)
        .insertInto('account')
        .values(account(`a${index}`))
        .execute();
      await transaction.recordOutcome(outcome('once'));
    }, soon(setup));
  });
  const results = await Promise.allSettled(attempts);
  const lost = results.filter((result) => result.status === 'rejected');
  assert.equal(lost.length, 19);
  for (const { reason } of lost) assert(reason instanceof OutcomeConflict);
  for (const store of replicas) {
    const rows = await reading(store).selectFrom('account').selectAll().execute();
    assert.equal(rows.length, 1);
  }
}

async function loserReads(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const attempt = async (value: string) => {
    const record = outcome('once', { outcome: { kind: 'value', value } });
    try {
      await store.transaction((transaction) => transaction.recordOutcome(record), soon(setup));
      return record;
    } catch (error) {
      assert(error instanceof OutcomeConflict);
      return await store.findOutcome(error.key);
    }
  };
  const answers = await Promise.all(['first', 'second', 'third'].map(attempt));
  for (const answer of answers)
    assert.deepEqual(answer?.outcome, { kind: 'value', value: 'first' });
}

async function keepsApart(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const long = 'k'.repeat(5_000);
  const records = [
    outcome('k', { hash: '1' }),
    outcome('k', { hash: '2', scope: 'service:orders' }),
    outcome('k', { hash: '3', operation: 'bank.close' }),
    outcome(`${long}a`, { hash: '4' }),
    outcome(`${long}b`, { hash: '5' }),
    outcome('k'.repeat(200), { hash: '6' }),
    outcome('k'.repeat(201), { hash: '7' }),
  ];
  await recordAll(setup, store, records);
  for (const record of records) assert.deepEqual(await store.findOutcome(record), record);
  assert.equal(await store.findOutcome(outcome('other')), undefined);
}

async function givesBack(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const declared = {
    kind: 'error',
    name: 'OutOfStock',
    message: 'None.',
    data: { sku: 'é' },
  } as const;
  const records = [
    outcome('value', { outcome: { kind: 'value', value: { deep: [1, null, 'x'] } } }),
    outcome('error', { outcome: declared, origin: 'derived' }),
    outcome('tombstone', { outcome: { kind: 'tombstone' }, subject: 'user:ada' }),
  ];
  await recordAll(setup, store, records);
  for (const record of records) assert.deepEqual(await store.findOutcome(record), record);
}

async function sweeps(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const many = Array.from({ length: 1_100 }, (_, index) => outcome(`consumer ${index}`));
  const derived = outcome('derived', { origin: 'derived' });
  const tombstone = outcome('tombstone', { outcome: { kind: 'tombstone' } });
  await recordAll(setup, store, [...many, derived, tombstone]);
  const now = setup.host.clock.now();
  const minute = 60_000;
  const swept = async (at: number) => (await store.sweep(at)).outcomes;
  assert.equal(await swept(now + CONSUMER_OUTCOME_KEPT_MS - minute), 0);
  assert.equal(await swept(now + CONSUMER_OUTCOME_KEPT_MS + minute), 1_100);
  assert.deepEqual(await store.findOutcome(derived), derived);
  assert.equal(await swept(now + DERIVED_OUTCOME_KEPT_MS + minute), 1);
  assert.deepEqual(await store.findOutcome(tombstone), tombstone);
}

async function forgets(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const ada = outcome('1', { subject: 'user:ada' });
  const bob = outcome('2', { subject: 'user:bob' });
  await recordAll(setup, store, [ada, bob]);
  assert.equal(await store.forgetCaller('user:ada'), 1);
  assert.equal(await store.forgetCaller('user:ada'), 0);
  const { subject: _, ...rest } = ada;
  assert.deepEqual(await store.findOutcome(ada), { ...rest, outcome: { kind: 'forgotten' } });
  assert.deepEqual(await store.findOutcome(bob), bob);
  const again = store.transaction((transaction) => transaction.recordOutcome(ada), soon(setup));
  await assert.rejects(again, OutcomeConflict);
}

async function recordAll(
  setup: ConformanceSetup,
  store: OpenStore,
  records: readonly OutcomeRecord[],
): Promise<void> {
  await store.transaction(async (transaction) => {
    for (const record of records) await transaction.recordOutcome(record);
  }, soon(setup));
}
