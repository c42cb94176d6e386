import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import type { PlacedGroup, Release, Supervisor } from '@portico/supervisor';
import { lookAtStores, migrateStores } from './store-work.ts';
import { findObstacles, findRollbackObstacles } from './update-gates.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const HELLO = join(ROOT, 'systems/hello');
const SERVICES = ['stock'];

describe('the stores of a group that is updated', () => {
  const work = mkdtempSync(join(tmpdir(), 'portico-stores-'));
  after(() => rmSync(work, { recursive: true, force: true }));
  const directory = join(work, 'data-directory');
  const group = { name: 'stock', services: SERVICES, gateway: false } as unknown as PlacedGroup;
  const supervisor = {
    placement: () => ({ groups: [group] }),
    releases: () => ({ stock: { name: '1.0.0', directory: HELLO } }),
  } as unknown as Supervisor;
  const installation = { supervisor, module: 'system.ts', directory };

  /** The system with one more migration of stock. */
  function releaseWith(name: string, migration: string): string {
    const to = join(work, name);
    cpSync(HELLO, to, { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'), 'junction');
    const file = join(to, 'stock.ts');
    const before = readFileSync(file, 'utf8');
    const after = before.replace(/(\) STRICT`,\n {6}\},\n {4}\},\n)/, `$1${migration},\n`);
    assert.notEqual(after, before);
    writeFileSync(file, after);
    return to;
  }
  const migrate = (release: string) =>
    migrateStores({ directory, group, release, module: join(release, 'system.ts') });
  const obstacles = (candidate: string) =>
    findObstacles({ ...installation, group: 'stock', candidate });

  it('are brought to the schema of the release before anything of it runs', async () => {
    const expanding = releaseWith(
      'expanding',
      "{ version: 2, name: 'places', kind: 'expand', up: { sqlite: 'CREATE TABLE place (id TEXT PRIMARY KEY) STRICT' } }",
    );
    await migrate(HELLO);
    assert.deepEqual(await lookAtStores(directory, SERVICES), [
      { service: 'stock', version: 1, oldest: 0, sagas: [] },
    ]);
    assert.deepEqual(await obstacles(expanding), []);
    await migrate(expanding);
    assert.equal((await lookAtStores(directory, SERVICES))[0]?.version, 2);
    // The way back stays open: it only adds.
    const previous: Release = { name: '1.0.0', directory: HELLO };
    assert.deepEqual(await findRollbackObstacles(installation, 'stock', previous), []);
  });

  it('are not changed by a migration that fails, which is named', async () => {
    const failing = releaseWith(
      'failing',
      "{ version: 2, name: 'nowhere', kind: 'expand', up: { sqlite: 'ALTER TABLE nowhere ADD COLUMN a TEXT' } }",
    );
    const directoryOf = join(work, 'fresh');
    const given = { group, release: failing, module: join(failing, 'system.ts') };
    await assert.rejects(migrateStores({ ...given, directory: directoryOf }), /nowhere/);
    assert.equal((await lookAtStores(directoryOf, SERVICES))[0]?.version, 1);
  });

  it('are not taken from code that runs, nor left to code that they no longer serve', async () => {
    const contracting = releaseWith(
      'contracting',
      "{ version: 2, name: 'levels-only', kind: 'contract', requires: 2, up: { sqlite: 'ALTER TABLE level RENAME COLUMN available TO pieces' } }",
    );
    const other = { ...installation, directory: join(work, 'other') };
    const group2 = { ...other, group: 'stock', candidate: contracting };
    await migrateStores({
      ...{ directory: other.directory, group, release: HELLO },
      module: join(HELLO, 'system.ts'),
    });
    const [refused, ...more] = await findObstacles(group2);
    assert.deepEqual(more, []);
    assert.match(
      refused ?? '',
      /migration 2 "levels-only" of stock shuts out stock 1\.0\.0 that runs \(schema 1\)/,
    );
    await migrateStores({
      ...{ directory: other.directory, group, release: contracting },
      module: join(contracting, 'system.ts'),
    });
    const previous: Release = { name: '1.0.0', directory: HELLO };
    assert.deepEqual(await findRollbackObstacles(other, 'stock', previous), [
      'the store of stock serves code for schema 2 and later; that release is for 1',
    ]);
  });
});
