import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Supervisor } from '@portico/supervisor';
import { findObstacles } from './update-gates.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const SHOP = join(ROOT, 'systems/shop');

/** What the gate asks of a supervisor: the shop, each of two services in a group of its own. */
const supervisor = {
  placement: () => ({
    groups: ['catalog', 'cart'].map((name) => ({ name, services: [name] })),
  }),
  releases: () => ({
    catalog: { name: '1.0.0', directory: SHOP },
    cart: { name: '1.0.0', directory: SHOP },
  }),
} as unknown as Supervisor;

test('a catalog without a field that the cart reads is refused, by name and place', async (t) => {
  const candidate = mkdtempSync(join(tmpdir(), 'shop-'));
  t.after(() => rmSync(candidate, { recursive: true, force: true }));
  cpSync(SHOP, candidate, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(candidate, 'node_modules'), 'junction');
  const directory = join(candidate, '.portico');
  const update = { supervisor, module: 'system.ts', group: 'catalog', candidate, directory };
  assert.deepEqual(await findObstacles(update), []);

  const file = join(candidate, 'contracts/catalog-types.ts');
  const before = readFileSync(file, 'utf8');
  const after = before.replace(/(const Offer = z\n.*?)^ {4}title: .*?\n/ms, '$1');
  assert.notEqual(after, before);
  writeFileSync(file, after);
  const obstacles = (await findObstacles(update)).join('\n');
  assert.match(obstacles, /catalog 1\.0\.0 breaks cart, which keeps running:\n.*title/);
});

test('a group that is not there is named with those that are', async () => {
  await assert.rejects(
    findObstacles({
      ...{ supervisor, module: 'system.ts', group: 'till' },
      ...{ candidate: SHOP, directory: SHOP },
    }),
    /There is no group "till"; there are catalog, cart\./,
  );
});
