import type { StoreDefinition } from '@portico/service';
import type { Kysely } from 'kysely';
import type { Migration } from './migration.ts';

/** A service's own SQL data: its tables as types, its migrations. */
export interface SqlStoreDefinition<Tables> extends StoreDefinition<Kysely<Tables>> {
  readonly kind: 'sql';
  readonly migrations: readonly Migration[];
}

/**
 * Declares the store of a service.
 * @throws {Error} when migrations are not numbered 1, 2, 3, … without gaps.
 */
export function sqlStore<Tables>(spec: {
  readonly migrations: readonly Migration[];
}): SqlStoreDefinition<Tables> {
  return { kind: 'sql', migrations: spec.migrations };
}
