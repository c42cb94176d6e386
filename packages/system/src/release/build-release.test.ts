import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { importSystem } from '../supervised/load-system.ts';
import { readReleaseFacts } from '../supervised/release-facts.ts';
import { buildRelease } from './build-release.ts';
import { findRelease, moduleOf } from './release-file.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const HELLO = join(ROOT, 'systems/hello/system.ts');
const work = mkdtempSync(join(tmpdir(), 'release-'));
after(() => rmSync(work, { recursive: true, force: true }));

test('a release is plain JavaScript that provides what its sources do, and is not written again', async () => {
  const to = join(work, 'first');
  const release = await buildRelease({ system: await importSystem(HELLO), module: HELLO, to });
  assert.match(release.name, /^0\.0\.0-[0-9a-f]{8}$/);
  assert.deepEqual(findRelease(to), release);
  const facts = await readReleaseFacts(moduleOf(to, 'system.ts'));
  assert.deepEqual(
    facts.map(({ service }) => service),
    ['stock', 'counter'],
  );
  const names = readdirSync(to);
  assert.ok(!names.some((name) => name.endsWith('.ts')), names.join());
  assert.equal(statSync(join(to, 'stock.js')).mode & 0o222, 0);
  const contract = JSON.parse(readFileSync(join(to, 'contracts/stock.contract.json'), 'utf8'));
  assert.equal(contract.version, '1.0.0');
});

test('the same sources make a release of the same name, others another', async () => {
  const system = await importSystem(HELLO);
  const again = await buildRelease({ system, module: HELLO, to: join(work, 'again') });
  const sources = join(work, 'sources');
  cpSync(join(HELLO, '..'), sources, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'), 'junction');
  const module = join(sources, 'system.ts');
  const same = await buildRelease({ system, module, to: join(work, 'same') });
  assert.equal(same.name, again.name);
  writeFileSync(join(sources, 'stock.ts'), `${readFileSync(join(sources, 'stock.ts'))}\n`);
  const other = await buildRelease({ system, module, to: join(work, 'other') });
  assert.notEqual(other.name, again.name);
});

test('nothing is built over what is there, nor what reaches outside of its directory', async () => {
  const system = await importSystem(HELLO);
  const to = join(work, 'full');
  mkdirSync(to);
  writeFileSync(join(to, 'note.txt'), 'mine');
  await assert.rejects(buildRelease({ system, module: HELLO, to }), /full is not empty/);
  const inside = join(work, 'nested', 'inner');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, 'system.ts'), "import '../other.ts';\n");
  writeFileSync(join(inside, '../other.ts'), '');
  const module = join(inside, 'system.ts');
  await assert.rejects(
    buildRelease({ system, module, to: join(work, 'never') }),
    /system\.ts imports \.\.\/other\.ts, which is outside/,
  );
  assert.throws(() => findRelease(join(work, 'nowhere')), /There is no directory/);
});
