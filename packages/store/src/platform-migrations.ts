import { SQLITE_DELIVERY_DDL } from './delivery-tables.ts';
import { SQLITE_JOB_DDL } from './job-tables.ts';
import { SQLITE_PLATFORM_DDL } from './platform-tables.ts';
import { SQLITE_SAGA_DDL } from './saga-tables.ts';

/** One step of the platform's own schema. */
export interface PlatformMigration {
  readonly version: number;
  readonly up: { readonly sqlite: string };
}

/**
 * The platform's own schema, versioned apart from the service's (`platform` in `portico_meta`). A driver
 * applies what is missing at open, in one transaction. Steps only add, so that code of the previous release
 * runs on a store that a newer one has opened. The first makes only what is not there: stores older than
 * the count have it.
 */
export const PLATFORM_MIGRATIONS: readonly PlatformMigration[] = [
  { version: 1, up: { sqlite: SQLITE_PLATFORM_DDL } },
  { version: 2, up: { sqlite: SQLITE_DELIVERY_DDL } },
  { version: 3, up: { sqlite: SQLITE_SAGA_DDL } },
  { version: 4, up: { sqlite: SQLITE_JOB_DDL } },
];
