import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import {
  type Migration,
  migrationChecksum,
  pendingMigrations,
  windowAfter,
} from '@portico/store/spi';
import { migrationObstacles, rollbackObstacles, type SchemaUser } from '@portico/supervisor';

/** What the gates are told of who runs. */
interface Bug {
  readonly name: string;
  readonly live?: (live: readonly SchemaUser[]) => readonly SchemaUser[];
  readonly oldest?: (oldest: number) => number;
}

const bugs: readonly Bug[] = [
  { name: 'contract migration under an old reader', live: () => [] },
  { name: 'rollback behind the window', oldest: () => 0 },
];
const SEEDS = 300;
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;
const MIGRATIONS = 12;
const STEPS = 30;

/** Migrations that a service gets over the years: some take away what older code reads. */
function drawMigrations(int: (max: number) => number): readonly Migration[] {
  return Array.from({ length: MIGRATIONS }, (_, index): Migration => {
    const version = index + 1;
    const isContract = version > 1 && int(3) === 0;
    return {
      ...{ version, name: `step ${version}`, kind: isContract ? 'contract' : 'expand' },
      ...(isContract ? { requires: version - 1 - int(Math.min(3, version - 1)) } : {}),
      up: { sqlite: `SELECT ${version};` },
    };
  });
}

/**
 * One store over many updates, canaries that fail, rollbacks and restarts, judged by the gates as they are.
 * @throws {AssertionError} when code runs that the store no longer serves.
 */
function check(seed: number, bug: Bug | undefined): void {
  const { random } = createSimulatedHost({ seed });
  const int = (max: number) => Math.floor(random.float() * max);
  const all = drawMigrations(int);
  const scriptOf = ({ up }: Migration) => up.sqlite;
  let store = { version: 0, oldest: 0 };
  /** The schemas of the code that runs, and of the release before. */
  let running: readonly number[] = [];
  let previous: number | undefined;
  /** What whoever starts with this code finds. @throws when the store does not serve it. */
  const open = (schema: number) => {
    const applied = all.slice(0, store.version).map((one) => {
      return {
        version: one.version,
        name: one.name,
        checksum: migrationChecksum(one, scriptOf(one)),
      };
    });
    return pendingMigrations(all.slice(0, schema), { ...store, applied }, scriptOf);
  };
  const isServed = (schema: number) => schema >= store.oldest;
  const assertServed = (what: string) =>
    assert(running.every(isServed), `${what}: code for ${running} on a store for ${store.oldest}`);

  const update = (schema: number) => {
    const live = running.map((built, index) => ({ name: `replica ${index}`, schema: built }));
    const obstacles = migrationObstacles({
      ...{ service: 'orders', applied: store, migrations: all.slice(0, schema) },
      live: bug?.live?.(live) ?? live,
    });
    if (obstacles.length > 0) return;
    for (const migration of open(schema)) store = windowAfter(store, migration);
    const before = running;
    running = [...before, schema];
    assertServed('the old beside the new');
    const isWell = before.length === 0 || int(4) > 0;
    if (isWell) previous = before[0];
    running = isWell ? [schema] : before;
  };
  const rollback = () => {
    if (previous === undefined) return;
    const oldest = bug?.oldest?.(store.oldest) ?? store.oldest;
    if (rollbackObstacles([{ service: 'orders', oldest, schema: previous }]).length > 0) return;
    running = [...running, previous];
    assertServed('the release before beside the new');
    running = [previous];
    previous = undefined;
  };
  const restart = () => {
    for (const schema of running) assert.doesNotThrow(() => open(schema), 'who runs starts again');
  };
  for (let step = 0; step < STEPS; step++) {
    const newest = Math.max(1, ...running);
    if (int(3) > 0) update(Math.min(MIGRATIONS, Math.max(1, newest - 1 + int(5))));
    else if (int(2) === 0) rollback();
    restart();
    assertServed('after a change');
  }
}

describe('stores are migrated beside what runs, simulated', () => {
  it(`and serve it in ${SEEDS} seeds`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) check(seed, undefined);
  });

  it('and releases get through', () => {
    const migrations = drawMigrations(() => 1);
    const live = [{ name: 'replica 0', schema: MIGRATIONS - 1 }];
    const applied = { version: MIGRATIONS - 1, oldest: 0 };
    assert.deepEqual(migrationObstacles({ service: 'orders', applied, migrations, live }), []);
  });

  for (const bug of bugs) {
    it(`and a gate that looks away is found out: ${bug.name}`, () => {
      for (let seed = 1; seed <= BUG_SEEDS; seed++) {
        try {
          check(seed, bug);
        } catch (problem) {
          if (problem instanceof assert.AssertionError) return;
          throw problem;
        }
      }
      assert.fail('the bug was not found');
    });
  }
});
