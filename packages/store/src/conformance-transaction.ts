import assert from 'node:assert/strict';
import { Failure } from '@portico/contract';
import { sql } from 'kysely';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, account, accounts, outcome, reading, soon } from './conformance-schema.ts';
import type { OpenStore, StoreTransaction } from './open-store.ts';
import { isUniqueViolation, StatementError } from './statement-error.ts';

/** Transactions and handles. */
export const transactionConformance: readonly ConformanceCase[] = [
  { name: 'commits effect, event and outcome together', run: commitsTogether },
  { name: 'undoes effect, event and outcome when the work throws', run: undoesTogether },
  { name: 'undoes a savepoint and keeps what stands around it', run: undoesSavepoint },
  { name: 'shows a transaction its own writes and others only committed ones', run: isolates },
  { name: 'runs transactions as if one after another, over all replicas', run: serializes },
  { name: 'does not begin a transaction of an expired call', run: refusesExpired },
  { name: 'refuses statements on the handle of an ended transaction', run: refusesEnded },
  { name: 'refuses writes on the reading handle', run: refusesWrites },
  { name: "refuses Kysely's own transactions and closing", run: refusesKysely },
  { name: "refuses writes to the platform's tables", run: refusesPlatform },
  { name: 'refuses changes of the schema outside of migrations', run: refusesSchema },
  { name: 'tells which unique constraint was violated', run: tellsUnique },
  { name: 'keeps integers up to 2^53 − 1 exact and refuses larger ones', run: keepsIntegers },
  { name: 'refuses work after it was closed', run: refusesClosed },
];

async function commitsTogether(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const event = { id: setup.host.ids.uuid(), topic: 'Opened', key: 'a', envelope: '{"a":1}' };
  const record = outcome('k1', { subject: 'user:ada' });
  const result = await store.transaction(async (transaction) => {
    await accounts(transaction).insertInto('account').values(account('a', 5)).execute();
    await transaction.append(event);
    await transaction.recordOutcome(record);
    return 'done';
  }, soon(setup));
  assert.equal(result, 'done');
  const db = reading(store);
  assert.deepEqual(await db.selectFrom('account').selectAll().execute(), [account('a', 5)]);
  const log = db.selectFrom('portico_outbox').select(['id', 'topic', 'key', 'envelope']);
  assert.deepEqual(await log.execute(), [event]);
  assert.deepEqual(await store.findOutcome(record), record);
}

async function undoesTogether(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const problem = new Error('no');
  const attempt = store.transaction(async (transaction) => {
    await accounts(transaction).insertInto('account').values(account('a')).execute();
    const id = setup.host.ids.uuid();
    await transaction.append({ id, topic: 'Opened', key: 'a', envelope: '{}' });
    await transaction.recordOutcome(outcome('k1'));
    throw problem;
  }, soon(setup));
  await assert.rejects(attempt, problem);
  const db = reading(store);
  assert.deepEqual(await db.selectFrom('account').selectAll().execute(), []);
  assert.deepEqual(await db.selectFrom('portico_outbox').selectAll().execute(), []);
  assert.equal(await store.findOutcome(outcome('k1')), undefined);
}

async function undoesSavepoint(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await store.transaction(async (transaction) => {
    const open = (id: string) =>
      accounts(transaction).insertInto('account').values(account(id)).execute();
    await open('before');
    const undone = transaction.savepoint(async () => {
      await open('undone');
      await transaction.savepoint(() => open('undone with it'));
      throw new Error('no');
    });
    await assert.rejects(undone, /no/);
    await transaction.savepoint(() => open('kept'));
    await open('after');
  }, soon(setup));
  assert.deepEqual(await idsIn(store), ['after', 'before', 'kept']);
}

async function isolates(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const replica = await setup.open([ACCOUNTS]);
  await store.transaction(async (transaction) => {
    const db = accounts(transaction);
    await db.insertInto('account').values(account('a')).execute();
    assert.equal((await db.selectFrom('account').selectAll().execute()).length, 1);
    assert.deepEqual(await idsIn(store), []);
    assert.deepEqual(await idsIn(replica), []);
  }, soon(setup));
  assert.deepEqual(await idsIn(store), ['a']);
  assert.deepEqual(await idsIn(replica), ['a']);
}

async function serializes(setup: ConformanceSetup): Promise<void> {
  const replicas = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])];
  const change = (store: OpenStore, work: (transaction: StoreTransaction) => Promise<unknown>) =>
    store.transaction(work, soon(setup));
  for (const store of replicas.slice(0, 1)) {
    await change(store, (transaction) =>
      accounts(transaction).insertInto('account').values(account('a')).execute(),
    );
  }
  // Read, then write what follows from it: loses updates on anything less than serializable.
  const deposit = async (transaction: StoreTransaction) => {
    const db = accounts(transaction);
    const query = db.selectFrom('account').select('balance').where('id', '=', 'a');
    const { balance } = await query.executeTakeFirstOrThrow();
    await db
      .updateTable('account')
      .set({ balance: balance + 1 })
      .execute();
  };
  const each = replicas.flatMap((store) =>
    Array.from({ length: 25 }, () => change(store, deposit)),
  );
  await Promise.all(each);
  for (const store of replicas) {
    const row = await reading(store).selectFrom('account').select('balance').executeTakeFirst();
    assert.deepEqual(row, { balance: 50 });
  }
}

async function refusesExpired(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  let ran = false;
  const work = async () => {
    ran = true;
  };
  const attempt = store.transaction(work, { deadline: setup.host.clock.monotonic() });
  await assert.rejects(attempt, (error) => {
    assert(error instanceof Failure);
    assert.equal(error.class, 'DEADLINE');
    assert.equal(error.details.started, false);
    return true;
  });
  assert.equal(ran, false);
}

async function refusesEnded(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const leaked = await store.transaction(async (transaction) => transaction, soon(setup));
  const late = /has ended/;
  const db = accounts(leaked);
  await assert.rejects(db.insertInto('account').values(account('a')).execute(), late);
  await assert.rejects(db.selectFrom('account').selectAll().execute(), late);
  await assert.rejects(leaked.recordOutcome(outcome('k')), late);
  await assert.rejects(leaked.append({ id: '1', topic: 't', key: 'k', envelope: '{}' }), late);
  await assert.rejects(
    leaked.savepoint(async () => {}),
    late,
  );
  assert.deepEqual(await idsIn(store), []);
}

async function refusesWrites(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const write = reading(store).insertInto('account').values(account('a')).execute();
  await assert.rejects(write, { name: 'StatementError', code: 'read-only' });
}

async function refusesKysely(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const own = /use the `transaction` of the handler's context/;
  const attempts = async (db: ReturnType<typeof reading>) => {
    await assert.rejects(
      db.transaction().execute(async () => {}),
      own,
    );
    await assert.rejects(db.startTransaction().execute(), own);
    await assert.rejects(db.destroy(), /platform/);
    for (const text of ['BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT s']) {
      await assert.rejects(sql.raw(text).execute(db), { code: 'forbidden' }, text);
    }
  };
  await attempts(reading(store));
  await store.transaction((transaction) => attempts(accounts(transaction)), soon(setup));
}

async function refusesPlatform(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const attempt = store.transaction(
    (transaction) => accounts(transaction).deleteFrom('portico_outcome').execute(),
    soon(setup),
  );
  await assert.rejects(attempt, { name: 'StatementError', code: 'forbidden' });
}

async function refusesSchema(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  for (const text of ['CREATE TABLE other (id integer)', 'DROP TABLE account']) {
    const attempt = store.transaction(
      (transaction) => sql.raw(text).execute(accounts(transaction)),
      soon(setup),
    );
    await assert.rejects(attempt, { name: 'StatementError', code: 'forbidden' }, text);
  }
  assert.deepEqual(await idsIn(store), []);
}

async function tellsUnique(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await store.transaction(async (transaction) => {
    const insert = (row: ReturnType<typeof account>) =>
      transaction
        .savepoint(() => accounts(transaction).insertInto('account').values(row).execute())
        .then(
          () => undefined,
          (error: unknown) => error,
        );
    await insert(account('a'));
    const sameOwner = await insert({ ...account('b'), owner: account('a').owner });
    assert(isUniqueViolation(sameOwner));
    assert(isUniqueViolation(sameOwner, 'one_account'));
    assert(isUniqueViolation(sameOwner, ['owner']));
    assert(isUniqueViolation(sameOwner, 'account.owner'));
    assert(!isUniqueViolation(sameOwner, 'id'));
    assert(!isUniqueViolation(sameOwner, ['owner', 'id']));
    const sameId = await insert({ ...account('a'), owner: 'else' });
    assert(isUniqueViolation(sameId, 'id'));
    assert(!isUniqueViolation(sameId, 'one_account'));
    assert(!isUniqueViolation(new Error('UNIQUE constraint failed: account.id')));
  }, soon(setup));
}

async function keepsIntegers(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const largest = Number.MAX_SAFE_INTEGER;
  await store.transaction(async (transaction) => {
    const db = accounts(transaction);
    await db.insertInto('account').values(account('a', largest)).execute();
    await db.insertInto('account').values(account('b', -7)).execute();
  }, soon(setup));
  const db = reading(store);
  const rows = await db.selectFrom('account').select('balance').orderBy('id').execute();
  assert.deepEqual(rows, [{ balance: largest }, { balance: -7 }]);
  const tooLarge = db.selectFrom('account').select(sql<number>`balance + 1`.as('n'));
  await assert.rejects(tooLarge.where('id', '=', 'a').execute(), (error) => {
    assert(error instanceof StatementError);
    assert.equal(error.code, 'out-of-range');
    return true;
  });
}

async function refusesClosed(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await store.check();
  await store.close();
  await store.close();
  await assert.rejects(store.check(), /closed/);
  await assert.rejects(idsIn(store), /closed/);
  const attempt = store.transaction(async () => {}, soon(setup));
  await assert.rejects(attempt, { class: 'REFUSED', code: 'store-closed' });
}

async function idsIn(store: OpenStore): Promise<string[]> {
  const rows = await reading(store).selectFrom('account').select('id').orderBy('id').execute();
  return rows.map((row) => row.id);
}
