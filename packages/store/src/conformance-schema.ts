import type { Kysely } from 'kysely';
import type { ConformanceSetup } from './conformance-case.ts';
import type { Migration } from './migration.ts';
import type { OpenStore, OutcomeRecord } from './open-store.ts';
import type { PlatformTables } from './platform-tables.ts';

/** The tables that the conformance cases work on. */
export interface AccountTables extends PlatformTables {
  account: { id: string; owner: string; balance: number };
}

/** Their schema. */
export const ACCOUNTS: Migration = {
  version: 1,
  name: 'accounts',
  kind: 'expand',
  up: {
    sqlite: `CREATE TABLE account (id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL) STRICT;
             CREATE UNIQUE INDEX one_account ON account (owner);`,
    postgres: `CREATE TABLE account (id text PRIMARY KEY, owner text NOT NULL, balance bigint NOT NULL);
               CREATE UNIQUE INDEX one_account ON account (owner);`,
  },
};

/** A store's handle, typed for the accounts. */
export function accounts(handle: { readonly db: unknown }): Kysely<AccountTables> {
  return handle.db as Kysely<AccountTables>;
}

/** A store's reading handle, typed for the accounts. */
export function reading(store: OpenStore): Kysely<AccountTables> {
  return store.read as Kysely<AccountTables>;
}

/** Time enough for a test. */
export function soon({ host }: ConformanceSetup): { readonly deadline: number } {
  return { deadline: host.clock.monotonic() + 5_000 };
}

/** An account of its own owner. */
export function account(id: string, balance = 0) {
  return { id, owner: `owner of ${id}`, balance };
}

/** An outcome under `key`. */
export function outcome(key: string, more: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    scope: 'consumer:storefront',
    operation: 'bank.open',
    key,
    hash: 'a1',
    outcome: { kind: 'value', value: { opened: true } },
    origin: 'consumer',
    ...more,
  };
}
