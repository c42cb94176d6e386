// A process of its own for tests: writes to a store, telling on its standard output what was committed.
import { writeSync } from 'node:fs';
import { createHost } from '@portico/host';
import type { Logger } from '@portico/service';
import { sqlStore } from '@portico/store';
import { ACCOUNTS, accounts, type OpenStore } from '@portico/store/spi';
import { sqliteDriver } from './sqlite-driver.ts';

const [dataDirectory = '', task, amount = ''] = process.argv.slice(2);
const host = createHost();
const quiet = () => {};
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const definition = sqlStore<never>({ migrations: [ACCOUNTS] });
const store = await sqliteDriver.open(definition, { service: 'bank', dataDirectory, host, log });
const soon = () => ({ deadline: host.clock.monotonic() + 20_000 });

/** Opens accounts, 16 at a time, until it is killed. An event and an outcome go with each. */
async function openForever(store: OpenStore): Promise<void> {
  for (;;) {
    const id = host.ids.uuid();
    await store.transaction(async (transaction) => {
      const row = { id, owner: id, balance: 0 };
      await accounts(transaction).insertInto('account').values(row).execute();
      await transaction.append({ id, topic: 'Opened', key: id, envelope: '{}' });
      const scope = 'service:test';
      const value = { kind: 'value', value: id } as const;
      await transaction.recordOutcome({
        ...{ scope, operation: 'bank.open', key: id, hash: '' },
        ...{ outcome: value, origin: 'derived' },
      });
    }, soon());
    writeSync(1, `${id}\n`);
  }
}

/** Reads a balance and writes what follows from it, as often as asked. */
async function deposit(store: OpenStore): Promise<void> {
  for (let done = 0; done < Number(amount); done++) {
    await store.transaction(async (transaction) => {
      const db = accounts(transaction);
      const account = db.selectFrom('account').select('balance').where('id', '=', 'shared');
      const { balance } = await account.executeTakeFirstOrThrow();
      await db
        .updateTable('account')
        .set({ balance: balance + 1 })
        .where('id', '=', 'shared')
        .execute();
    }, soon());
  }
  await store.close();
}

if (task === 'deposit') await deposit(store);
else await Promise.all(Array.from({ length: 16 }, () => openForever(store)));
