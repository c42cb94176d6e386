import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Service } from '@portico/service';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { Identity, SessionRevoked } from '../../contracts/identity.ts';
import { openMailbox } from '../../mail/mailbox.ts';
import { startServices, withLateClock } from '../test-services.ts';
import { createIdentity } from './service.ts';

const DAY_MS = 24 * 3_600_000;
const config = {
  identity: { scrypt: { costLog2: 10, blockSize: 8, parallelization: 1 } },
};

/** Identity, whose sweep runs once more, at its start. */
function identityThatSweeps(): Service {
  const identity = createIdentity();
  const { start, every } = identity.spec;
  return {
    ...identity,
    spec: {
      ...identity.spec,
      async start(context) {
        await start?.(context);
        await every?.['10m']?.(context);
      },
    },
  };
}

it('keys rotate without breaking a live token, and what has ended is swept away', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shop-identity-'));
  let lateMs = 0;
  const host = withLateClock(() => lateMs);
  const start = (identity: Service) => startServices([identity], { directory, host, config });
  const password = 'correct horse battery';
  try {
    const first = await start(createIdentity());
    const anyone = first.as(Identity, 'user:nobody');
    await anyone.register({ email: 'ada@example.com', password }, { key: 'register' });
    const [firstKey] = (await anyone.getKeys()).keys;
    await first.stop();

    lateMs = 30 * DAY_MS - 60_000;
    const second = await start(createIdentity());
    const before = await second
      .as(Identity, 'user:nobody')
      .signIn({ email: 'ada@example.com', password });
    await second.stop();

    lateMs = 30 * DAY_MS + 60_000;
    const third = await start(identityThatSweeps());
    const client = third.as(Identity, 'user:nobody');
    const { keys } = await client.getKeys();
    assert.equal(keys.length, 2, 'the next key is published before it signs');
    const currentDate = new Date(host.clock.now());
    await jwtVerify(before.accessToken, createLocalJWKSet({ keys: [...keys] }), { currentDate });
    const mailbox = openMailbox(directory);
    assert.deepEqual(mailbox.read(), [], 'mail is kept for a week');
    mailbox.close();
    await third.stop();

    lateMs = 31 * DAY_MS;
    const fourth = await start(createIdentity());
    const left = (await fourth.as(Identity, 'user:nobody').getKeys()).keys;
    assert.equal(left.length, 1);
    assert.notEqual(left[0]?.kid, firstKey?.kid);
    await fourth.stop();

    lateMs = 300 * DAY_MS;
    const fifth = await start(identityThatSweeps());
    const { refreshToken } = before;
    const late = fifth.as(Identity, 'user:nobody').refresh({ refreshToken });
    await assert.rejects(late, (error) => SessionRevoked.is(error));
    await fifth.stop();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
