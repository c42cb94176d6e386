import { canonicalJson, sha256 } from './canonical-json.ts';

/** What a migration may do to running code. */
export type MigrationKind =
  /** Adds tables, nullable or defaulted columns, indexes: nothing that running code could notice. */
  | 'expand'
  /**
   * Fills in data beside traffic. The script is one statement that changes at most
   * {@link BACKFILL_ROWS_MAX} rows (`… WHERE id IN (SELECT id … LIMIT 500)`) and whose condition no longer
   * holds for what it has changed: it runs, a transaction each, until it changes nothing. So it can
   * be stopped and goes on where it was.
   */
  | 'backfill'
  /** Drops, renames, tightens. Says with `requires` which code it shuts out. */
  | 'contract';

/** The statements of one engine. */
export interface MigrationScript {
  readonly sqlite: string;
  readonly postgres?: string;
}

/** One numbered change of a store's schema. There is no way down: going back is the previous release on the newer shape. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly kind: MigrationKind;
  /** `contract` only: the oldest schema version whose code can still run afterwards. */
  readonly requires?: number;
  readonly up: MigrationScript;
}

/** A batch of a backfill holds up nothing for longer than a few milliseconds. */
export const BACKFILL_ROWS_MAX = 500;

/** A migration as a store remembers it. */
export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** Which code a schema serves: `version` is the newest applied, `oldest` the highest `requires`. */
export interface SchemaWindow {
  readonly version: number;
  readonly oldest: number;
}

/** What a store has, as the start of its service finds it. */
export interface SchemaState extends SchemaWindow {
  readonly applied: readonly AppliedMigration[];
}

/** SHA-256 over everything that an applied migration must not change afterwards, hex. */
export function migrationChecksum(migration: Migration, script: string): string {
  const { version, name, kind, requires } = migration;
  return sha256(canonicalJson([version, name, kind, requires ?? null, script]));
}

/**
 * Checks the migrations of a store as its author wrote them.
 * @throws {Error} with every mistake, a line each.
 */
export function assertMigrations(migrations: readonly Migration[]): void {
  const mistakes = migrations.flatMap((migration, index) => mistakesOf(migration, index + 1));
  if (mistakes.length > 0) throw new Error(`Migrations are not right:\n${mistakes.join('\n')}`);
}

/**
 * What has to be applied to bring a store to this code's schema.
 *
 * @throws {Error} naming the migration when an applied one was edited, and when the store's schema
 * serves only newer code.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  state: SchemaState,
  scriptOf: (migration: Migration) => string,
): readonly Migration[] {
  const built = migrations.length;
  if (state.oldest > built) {
    throw new Error(
      `This code is built for schema ${built}, but the store's schema ${state.version} serves only ` +
        `code for ${state.oldest} or newer. Start a newer release.`,
    );
  }
  for (const applied of state.applied) {
    const migration = migrations[applied.version - 1];
    // Beyond this code's last one: a newer release applied it, and the window says that is fine.
    if (!migration) continue;
    if (migrationChecksum(migration, scriptOf(migration)) !== applied.checksum) {
      throw new Error(
        `Migration ${applied.version} "${migration.name}" is not what was applied ` +
          `as "${applied.name}". Restore it and put the change into a new migration.`,
      );
    }
  }
  return migrations.slice(state.version);
}

/** The window after `migration` was applied. */
export function windowAfter(window: SchemaWindow, migration: Migration): SchemaWindow {
  return {
    version: migration.version,
    oldest: Math.max(window.oldest, migration.requires ?? 0),
  };
}

function mistakesOf(migration: Migration, expected: number): string[] {
  const { version, name, kind, requires, up } = migration;
  const place = `- migration ${version} "${name}"`;
  const mistakes: string[] = [];
  if (version !== expected) {
    mistakes.push(
      `${place}: stands where ${expected} is due; number them 1, 2, 3, … without gaps.`,
    );
  }
  if (name.trim() === '') mistakes.push(`${place}: needs a name.`);
  if (!['expand', 'backfill', 'contract'].includes(kind)) {
    mistakes.push(`${place}: kind is "${kind}"; it is "expand", "backfill" or "contract".`);
  }
  if (up.sqlite.trim() === '' || up.postgres?.trim() === '') {
    mistakes.push(`${place}: has an empty script.`);
  }
  if (kind === 'contract' && !isVersionUpTo(requires, version)) {
    mistakes.push(
      `${place}: a contract says with requires (1 to ${version}) which code it serves.`,
    );
  }
  if (kind !== 'contract' && requires !== undefined) {
    mistakes.push(`${place}: requires is for contract migrations only.`);
  }
  return mistakes;
}

function isVersionUpTo(value: number | undefined, version: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= version;
}
