import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { createKey, hashKey, isKey } from './key-format.ts';
import { fileKeys } from './key-source.ts';

const PREFIX = 'shop_live_';
const { random, clock } = createSimulatedHost({ seed: 7 });

test('a key has a prefix, 32 random characters and a checksum', () => {
  const { secret, stored } = createKey(random, PREFIX);
  assert.match(secret, /^shop_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
  assert.ok(isKey(secret, PREFIX));
  assert.deepEqual(stored, {
    algorithm: 'sha256',
    hash: hashKey(secret),
    prefix: PREFIX,
    hint: secret.slice(PREFIX.length, PREFIX.length + 4),
  });
});

test('no key with one other character passes its checksum', () => {
  const index = fc.integer({ min: 0, max: PREFIX.length + 38 });
  const character = fc.constantFrom(...'abcXYZ019_-');
  fc.assert(
    fc.property(index, character, (at, other) => {
      const { secret } = createKey(random, PREFIX);
      fc.pre(secret[at] !== other);
      assert.equal(isKey(secret.slice(0, at) + other + secret.slice(at + 1), PREFIX), false);
    }),
  );
});

test('random characters are spread evenly', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 2_000; index++) {
    for (const character of createKey(random, PREFIX).secret.slice(PREFIX.length, -7)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  assert.equal(counts.size, 62);
  const mean = (2_000 * 32) / 62;
  for (const [character, count] of counts) assert.ok(Math.abs(count - mean) < mean / 5, character);
});

const directory = mkdtempSync(join(tmpdir(), 'portico-keys-'));
test.after(() => rmSync(directory, { recursive: true }));
const HASH = 'a'.repeat(64);
const write = (name: string, keys: unknown, mode = 0o600) => {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify({ keys }));
  chmodSync(path, mode);
  return path;
};
const KEY = { hash: HASH, id: 'key_1', consumer: 'app', permissions: ['things:read'] };

test('keys are read from a file by their hash', async () => {
  const path = write('keys.json', [{ ...KEY, tenant: 'org', expiresAt: '2027-01-31T00:00:00Z' }]);
  const source = fileKeys(path, { clock });
  assert.deepEqual(await source.find(HASH), {
    id: 'key_1',
    consumer: 'app',
    permissions: ['things:read'],
    tenant: 'org',
    expiresAt: Date.parse('2027-01-31T00:00:00Z'),
  });
  assert.equal(await source.find('b'.repeat(64)), undefined);
});

test('a changed file is noticed within a second, a broken one leaves the former keys in force', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const path = write('changing.json', [KEY]);
  const source = fileKeys(path, { clock: host.clock });
  write('changing.json', [{ ...KEY, state: 'revoked' }]);
  utimesSync(path, 1, 1);
  assert.equal((await source.find(HASH))?.state, undefined);
  await host.advance(1_000);
  assert.equal((await source.find(HASH))?.state, 'revoked');
  writeFileSync(path, '{');
  await host.advance(1_000);
  assert.equal((await source.find(HASH))?.state, 'revoked');
});

test('a file with a mistake, or one that others may read, is refused with the place', () => {
  const bad: [keys: unknown, message: RegExp][] = [
    [[{ ...KEY, hash: 'x' }], /keys\/0\/hash/],
    [[KEY, KEY], /keys\/1\/hash is there twice/],
    [[{ ...KEY, permissions: 'all' }], /keys\/0\/permissions/],
    [[{ ...KEY, state: 'lost' }], /keys\/0\/state/],
    [[{ ...KEY, expiresAt: 'soon' }], /keys\/0\/expiresAt/],
    [[7], /keys\/0 is not an object/],
    [{}, /must be/],
  ];
  for (const [keys, message] of bad)
    assert.throws(() => fileKeys(write('bad.json', keys), { clock }), message);
  assert.throws(() => fileKeys(write('open.json', [KEY], 0o644), { clock }), /chmod 600/);
});
