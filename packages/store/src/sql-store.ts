import type { StoreDefinition } from '@portico/service';
import type { Kysely } from 'kysely';
import { assertMigrations, type Migration } from './migration.ts';

/** A service's own SQL data: its tables as types, its migrations. */
export interface SqlStoreDefinition<Tables> extends StoreDefinition<Kysely<Tables>> {
  readonly kind: 'sql';
  readonly migrations: readonly Migration[];
}

/**
 * Declares the store of a service.
 *
 * @throws {Error} with every mistake in the migrations: numbers with gaps, unknown kinds, `requires`
 * where it does not belong or missing where it does.
 */
export function sqlStore<Tables>(spec: {
  readonly migrations: readonly Migration[];
}): SqlStoreDefinition<Tables> {
  assertMigrations(spec.migrations);
  return { kind: 'sql', migrations: [...spec.migrations] };
}
