import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createHost } from '@portico/host';
import { createConsumerKey, listConsumerKeys, revokeConsumerKey } from './consumer-keys.ts';

const KEYS_EACH = 20;
const root = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(root, { recursive: true, force: true }));

const request = (consumer: string) => ({
  ...{ system: 'shop', consumer, permissions: ['orders:place'], host: createHost() },
});

describe('the keys of consumers', () => {
  it('are kept without their secrets, for nobody else to read, and end when revoked', () => {
    const path = join(root, 'one', 'keys.json');
    assert.deepEqual(listConsumerKeys(path), []);
    const { id, secret } = createConsumerKey(path, request('erp'));
    const other = createConsumerKey(path, request('erp'));
    revokeConsumerKey(path, id);
    const states = listConsumerKeys(path).map((key) => [key.id, key.consumer, key.state]);
    assert.deepEqual(states, [
      [id, 'erp', 'revoked'],
      [other.id, 'erp', 'active'],
    ]);
    assert.doesNotMatch(JSON.stringify(listConsumerKeys(path)), new RegExp(secret));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.throws(() => revokeConsumerKey(path, 'key_unknown'), /There is no key "key_unknown" in/);
  });

  it('are all kept, and all ended, when several commands change them at once', async () => {
    const path = join(root, 'several', 'keys.json');
    const program = join(root, 'program.ts');
    const module = JSON.stringify(import.meta.resolve('./consumer-keys.ts'));
    const host = JSON.stringify(import.meta.resolve('@portico/host'));
    writeFileSync(
      program,
      `import { createConsumerKey, revokeConsumerKey } from ${module};
      import { createHost } from ${host};
      const request = { system: 'shop', consumer: 'erp', permissions: [], host: createHost() };
      for (let count = 0; count < ${KEYS_EACH}; count++) {
        createConsumerKey(${JSON.stringify(path)}, request);
        revokeConsumerKey(${JSON.stringify(path)}, createConsumerKey(${JSON.stringify(path)}, request).id);
      }`,
    );
    const ends = await Promise.all(Array.from({ length: 3 }, () => once(fork(program), 'exit')));
    assert.deepEqual(ends, [...Array(3)].fill([0, null]));
    const states = listConsumerKeys(path).map(({ state }) => state);
    const count = (wanted: string) => states.filter((state) => state === wanted).length;
    assert.deepEqual([count('active'), count('revoked')], [3 * KEYS_EACH, 3 * KEYS_EACH]);
  });
});
