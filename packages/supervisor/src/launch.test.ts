import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { groupFor, releaseFor } from './fixtures/simulated-machine.ts';
import { createPlaces, type Launch, toSpawnRequest } from './launch.ts';
import { parseOrders } from './replica-orders.ts';

function createLaunch(t: TestContext, group: object = {}): Launch {
  const directory = mkdtempSync(join(tmpdir(), 'launch-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const places = createPlaces(directory);
  return {
    replica: { id: 'pay-0.1', name: 'pay-0', number: 0, address: join(places.run, 'pay-0.sock') },
    revision: { number: 1, group: groupFor('pay', ['payments'], group), release: releaseFor('r1') },
    equipment: {
      module: '/shop/system.js',
      topology: { system: 'shop' },
      identity: { grant: 'granted', privateKey: 'secret key', authority: 'public key' },
      secrets: { payments: 'sk_live' },
    },
    program: { command: 'node', args: ['replica.js'] },
    places,
    control: { address: join(places.run, 'control.sock'), token: 'secret token' },
    listeners: ['public', 'admin'],
  };
}

test('a replica gets a directory, three quarters of its memory as heap, and the environment of its group', (t) => {
  const launch = createLaunch(t, {
    env: { LOG_LEVEL: 'debug' },
    limits: { memoryBytes: 384 * 1024 ** 2, nice: 5 },
  });
  const request = toSpawnRequest(launch);
  assert.deepEqual(request.args, ['--max-old-space-size=288', 'replica.js']);
  assert.equal(request.env.LOG_LEVEL, 'debug');
  assert.equal(request.env.HOME, undefined);
  assert.equal(request.nice, 5);
  assert.ok(statSync(request.cwd).isDirectory());
  assert.deepEqual(request.listeners, []);
});

test('secrets are in its orders and nowhere else', (t) => {
  const request = toSpawnRequest(createLaunch(t));
  const { orders, ...open } = request;
  for (const secret of ['secret key', 'sk_live', 'secret token'])
    assert.ok(orders.includes(secret) && !JSON.stringify(open).includes(secret));
  const { secrets, group, listeners, replica } = parseOrders(orders);
  assert.deepEqual(
    { secrets, services: group.services, listeners, replica },
    {
      secrets: { payments: 'sk_live' },
      services: ['payments'],
      listeners: {},
      replica: 'pay-0',
    },
  );
});

test('what its group keeps to goes with its orders', (t) => {
  const policies = { callee: { limit: { start: 64 } } };
  const { orders } = toSpawnRequest(createLaunch(t, { policies }));
  assert.deepEqual(parseOrders(orders).group.policies, policies);
});

test('the gateway finds its listeners by name', (t) => {
  const request = toSpawnRequest(createLaunch(t, { gateway: true }));
  assert.deepEqual(request.listeners, ['public', 'admin']);
  assert.deepEqual(parseOrders(request.orders).listeners, { public: 4, admin: 5 });
});

test('sockets move to a short path where the directory is a long one', () => {
  const { run } = createPlaces(join('/srv', 'x'.repeat(120)));
  assert.ok(run.length <= 60 && run.startsWith(tmpdir()));
  assert.notEqual(run, createPlaces(join('/srv', 'y'.repeat(120))).run);
  assert.equal(createPlaces('/srv/shop').run, '/srv/shop/run');
});

test('orders of another format are refused with every place', () => {
  assert.throws(
    () => parseOrders('{"format":2,"module":""}'),
    (problem: Error) => /format/.test(problem.message) && /module/.test(problem.message),
  );
});

test('each group keeps its compiled modules where no other group writes', (t) => {
  const request = toSpawnRequest(createLaunch(t));
  const cache = request.env.NODE_COMPILE_CACHE as string;
  assert.ok(statSync(cache).isDirectory());
  assert.equal(basename(cache), 'pay');
});
