import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StoreFacts } from '@portico/store-sqlite';
import type { PlacedGroup } from '@portico/supervisor';
import { permissionFlags, prepareStores } from './process-permissions.ts';

/** A service's store, beside whoever uses it. */
export interface ServiceStore extends StoreFacts {
  readonly service: string;
}

/** What `store-work-main.ts` is told, as JSON. */
export type StoreWork =
  | { readonly do: 'look'; readonly directory: string; readonly services: readonly string[] }
  | {
      readonly do: 'migrate';
      readonly directory: string;
      readonly services: readonly string[];
      /** The release's module, which knows the migrations. */
      readonly module: string;
    };

/** Stores of a group, and the release that changes them. */
export interface GroupMigration {
  /** Of the data. */
  readonly directory: string;
  readonly group: PlacedGroup;
  /** The directory of the release, and its module. */
  readonly release: string;
  readonly module: string;
}

const LOOK_MS = 20_000;
/** Filling in 100 million rows takes hours; who has more to do does it in smaller releases. */
const MIGRATE_MS = 6 * 3_600_000;

/**
 * Schema and sagas of the stores of these services, read in a process of its own: none of their data comes
 * near the supervisor.
 *
 * @throws {Error} when one is no store.
 */
export async function lookAtStores(
  directory: string,
  services: readonly string[],
): Promise<readonly ServiceStore[]> {
  const stdout = await run([], { do: 'look', directory: resolve(directory), services }, LOOK_MS);
  return JSON.parse(stdout) as readonly ServiceStore[];
}

/**
 * Brings the stores of a group to the schema of a release, in a process of its own: a long statement holds up
 * no replica, and what the release does on loading is under the permissions of one.
 *
 * @throws {Error} with the migration that failed; those before it stay, as each adds only.
 */
export async function migrateStores(migration: GroupMigration): Promise<void> {
  const { group, release, module } = migration;
  const directory = resolve(migration.directory);
  prepareStores(directory, group.services);
  const flags = permissionFlags({
    ...{ replica: `${group.name}-migrations`, address: '', group, directory, release },
    platform: import.meta.dirname,
  });
  const work = { do: 'migrate', directory, services: group.services, module } as const;
  await run(flags, work, MIGRATE_MS).catch((problem: Error) => {
    throw new Error(`The stores of ${group.name} could not be migrated: ${problem.message}`);
  });
}

async function run(flags: readonly string[], work: StoreWork, timeout: number): Promise<string> {
  const program = fileURLToPath(import.meta.resolve('./store-work-main.ts'));
  const parameters = [...flags, program, JSON.stringify(work)];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { timeout }).catch(
    (problem: Error & { readonly stderr?: string }) => {
      throw new Error(problem.stderr?.trim() || problem.message);
    },
  );
  return stdout;
}
