/** A migration of a release, as far as the gate looks at it. */
export interface GatedMigration {
  readonly version: number;
  readonly name: string;
  readonly kind: 'expand' | 'backfill' | 'contract';
  /** `contract` only: the oldest schema whose code still runs afterwards. */
  readonly requires?: number;
}

/** Code that needs a shape of a store: a live replica, or the release to go back to. */
export interface SchemaUser {
  /** `cart-2`, or `release 1.4.0`. */
  readonly name: string;
  /** The schema version it was built for: how many migrations it has. */
  readonly schema: number;
}

/** One service's store, before a release. */
export interface MigrationGate {
  readonly service: string;
  /** What the store has: its newest migration, and the oldest code that it serves. */
  readonly applied: { readonly version: number; readonly oldest: number };
  /** All migrations of the new release. */
  readonly migrations: readonly GatedMigration[];
  readonly live: readonly SchemaUser[];
  /** Absent where nobody could go back anyway. */
  readonly rollback?: SchemaUser;
}

/**
 * Why the migrations of a release may not run now: a contract migration under code that needs the old
 * shape, a store that has moved past the release. Empty: they may, in their own process, before the first
 * new replica.
 */
export function migrationObstacles(gate: MigrationGate): readonly string[] {
  const { service, applied, migrations, live, rollback } = gate;
  const built = migrations.length;
  if (applied.oldest > built)
    return [
      `the store of ${service} needs code for schema ${applied.oldest} at least; this release is for ${built}`,
    ];
  const users = [...live, ...(rollback ? [rollback] : [])];
  return migrations
    .filter(({ version, kind }) => version > applied.version && kind === 'contract')
    .flatMap(({ version, name, requires = version }) => {
      const shut = users.filter(({ schema }) => schema < requires);
      if (shut.length === 0) return [];
      const who = shut.map(({ name: user, schema }) => `${user} (schema ${schema})`).join(', ');
      return [
        `migration ${version} "${name}" of ${service} shuts out ${who}: it needs code for schema ${requires}. ` +
          'Release it after one that no longer uses the old shape.',
      ];
    });
}

/** Why a release may not be gone back to: the store no longer serves its code. Empty: it may. */
export function rollbackObstacles(
  stores: readonly { readonly service: string; readonly oldest: number; readonly schema: number }[],
): readonly string[] {
  return stores
    .filter(({ oldest, schema }) => schema < oldest)
    .map(
      ({ service, oldest, schema }) =>
        `the store of ${service} serves code for schema ${oldest} and later; that release is for ${schema}`,
    );
}

/** A saga of a version, with how many of them are under way. */
export interface LiveSagas {
  readonly service: string;
  /** `checkout@2`. */
  readonly type: string;
  readonly count: number;
}

/**
 * Sagas under way whose definition a release has dropped: nobody could finish or undo them.
 *
 * @param defined - Service → the types that the release has.
 */
export function sagaObstacles(
  live: readonly LiveSagas[],
  defined: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return live
    .filter(({ service, type, count }) => count > 0 && !defined[service]?.includes(type))
    .map(
      ({ service, type, count }) =>
        `${service} no longer has saga ${type}, and ${count} of them are under way. Keep its definition ` +
        'beside the new one until they have ended.',
    );
}
