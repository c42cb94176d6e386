import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { PlacedGroup } from '@portico/supervisor';
import { permissionFlags } from './process-permissions.ts';

const root = mkdtempSync(join(tmpdir(), 'permissions-'));
const directory = join(root, '.portico');
const release = join(root, 'app');
for (const path of [
  'data/cart',
  'data/orders',
  'log',
  'work/cart-0',
  'cache/cart',
  'cache/orders',
  'run',
]) {
  mkdirSync(join(directory, path), { recursive: true });
}
for (const path of ['node_modules', 'app', 'declared']) mkdirSync(join(root, path));
writeFileSync(join(directory, 'keys.json'), '{}');
writeFileSync(join(directory, 'authority.json'), '{}');
writeFileSync(join(directory, 'data/orders/store.db'), 'theirs');
writeFileSync(join(directory, 'data/cart/store.db'), 'own');
writeFileSync(join(root, 'declared/rates.json'), '{}');
const mesh = mkdtempSync(join(tmpdir(), 'mesh-'));
mkdirSync(join(mesh, 'authorities'));
writeFileSync(join(mesh, 'authorities/b.json'), '{}');
after(() => {
  for (const path of [root, mesh]) rmSync(path, { recursive: true, force: true });
});

const group: PlacedGroup = {
  ...{ name: 'cart', gateway: false, services: ['cart'], replicas: { min: 1, max: 1 } },
  ...{ machines: [], env: {}, limits: {}, stores: {} },
  files: { read: [join(root, 'declared/*')] },
};

describe('the files of a replica', () => {
  it('are its stores, its log and what its group declares', () => {
    assert.equal(attempt(`readFileSync('${directory}/data/cart/store.db')`), 'done');
    assert.equal(attempt(`writeFileSync('${directory}/data/cart/store.db-wal', '')`), 'done');
    assert.equal(attempt(`writeFileSync('${directory}/log/cart-0.log', '')`), 'done');
    assert.equal(attempt(`readFileSync('${root}/declared/rates.json')`), 'done');
  });

  it('are not the stores, keys and logs of others', () => {
    for (const path of ['data/orders/store.db', 'keys.json', 'authority.json']) {
      assert.equal(attempt(`readFileSync('${directory}/${path}')`), 'ERR_ACCESS_DENIED', path);
    }
    for (const path of ['data/orders/store.db', 'log/orders-0.log', 'keys.json']) {
      const write = `writeFileSync('${directory}/${path}', '')`;
      assert.equal(attempt(write), 'ERR_ACCESS_DENIED', path);
    }
    assert.equal(attempt(`writeFileSync('${root}/declared/rates.json', '')`), 'ERR_ACCESS_DENIED');
    assert.equal(attempt(`readFileSync('/etc/passwd')`), 'ERR_ACCESS_DENIED');
  });

  it('are its compiled modules, which no other group may change', () => {
    assert.equal(attempt(`writeFileSync('${directory}/cache/cart/module', '')`), 'done');
    const write = `writeFileSync('${directory}/cache/orders/module', '')`;
    assert.equal(attempt(write), 'ERR_ACCESS_DENIED');
  });

  it('go with a process that starts no other', () => {
    assert.equal(attempt(`execSync('true')`, 'node:child_process'), 'ERR_ACCESS_DENIED');
  });

  it('are those of the keys too where the gateway is', () => {
    const own = { ...group, gateway: true };
    const read = `readFileSync('${directory}/keys.json')`;
    assert.equal(attempt(read, 'node:fs', own), 'done');
  });

  it('are those of the certificates where there are several machines', () => {
    const read = `readFileSync('${mesh}/authorities/b.json')`;
    assert.equal(attempt(read), 'ERR_ACCESS_DENIED');
    assert.equal(attempt(read, 'node:fs', group, { certificates: mesh }), 'done');
    const write = `writeFileSync('${mesh}/authorities/b.json', '')`;
    assert.equal(attempt(write, 'node:fs', group, { certificates: mesh }), 'ERR_ACCESS_DENIED');
  });
});

/** What becomes of one call in a process with the flags of `placed`: `done`, or the code of its error. */
function attempt(call: string, module = 'node:fs', placed = group, more: object = {}): string {
  const program = join(release, 'main.mjs');
  const name = call.slice(0, call.indexOf('('));
  writeFileSync(
    program,
    `import { ${name} } from '${module}';
    try { ${call}; console.log('done'); } catch (problem) { console.log(problem.code); }`,
  );
  const flags = permissionFlags({
    ...{ replica: 'cart-0', group: placed, address: '/nowhere.sock', directory, release },
    ...{ platform: release, ...more },
  });
  return spawnSync(process.execPath, [...flags, program], { encoding: 'utf8' }).stdout.trim();
}
