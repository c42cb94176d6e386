import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Sandbox, startSandbox } from './server.ts';
import { sign } from './webhook-dialects.ts';

const keys = { publishable: 'pk_test', secret: 'sk_test' };
const secret = `whsec_${Buffer.from('a key of the test').toString('base64')}`;
const START = Date.UTC(2026, 10, 22);

interface Delivery {
  readonly id: string;
  readonly timestamp: number;
  readonly type: string;
  readonly reference: string;
  readonly genuine: boolean;
}

describe('events of the sandbox', () => {
  let sandbox: Sandbox;
  let receiver: Server;
  let now: number;
  let deliveries: Delivery[];
  let status: number;
  let count = 0;

  beforeEach(async () => {
    now = START;
    deliveries = [];
    status = 204;
    receiver = createServer(async (request, reply) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const id = String(request.headers['webhook-id']);
      const timestamp = Number(request.headers['webhook-timestamp']);
      const genuine =
        sign(secret, { id, timestamp, body }) === request.headers['webhook-signature'];
      const { type, data } = JSON.parse(body);
      deliveries.push({ id, timestamp, type, reference: data.reference, genuine });
      reply.writeHead(status).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const webhook = { url, secret };
    sandbox = await startSandbox({ file: ':memory:', keys, webhook, now: () => now }, 0);
  });
  afterEach(async () => {
    await sandbox.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  const call = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${keys.secret}`, 'idempotency-key': `k${count}` };
    const reply = await fetch(sandbox.url + path, { method, headers, body: JSON.stringify(body) });
    return (await reply.json()) as { token: string };
  };
  const fault = (kind: string, ms?: number) => call('PUT', '/faults', { faults: [{ kind, ms }] });
  const pay = async () => {
    count += 1;
    const reference = `pmt_${count}`;
    const card = { number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' };
    const { token } = await call('POST', '/tokens', card);
    await call('POST', '/payments', { reference, amount: 100, currency: 'EUR', token });
    return reference;
  };
  const arrived = () => deliveries.map(({ reference }) => reference);

  it('come once, after the answer', async () => {
    const reference = await pay();
    await sandbox.deliver();
    assert.deepEqual(arrived(), [reference]);
    assert.equal(deliveries[0]?.genuine, true);
  });

  it('are sent again with the same id while the receiver fails, at last given up', async () => {
    status = 500;
    await pay();
    for (const second of [0, 1, 6, 36, 336, 2136, 9999]) {
      now = START + second * 1000;
      await sandbox.deliver();
    }
    assert.equal(deliveries.length, 6);
    assert.equal(new Set(deliveries.map(({ id }) => id)).size, 1);
  });

  it('come twice with the same id when duplicated', async () => {
    await fault('webhook-duplicate');
    const reference = await pay();
    await sandbox.deliver();
    assert.deepEqual(arrived(), [reference, reference]);
    assert.equal(deliveries[0]?.id, deliveries[1]?.id);
  });

  it('never come when lost', async () => {
    await fault('webhook-lost');
    await pay();
    const second = await pay();
    now += 86_400_000;
    await sandbox.deliver();
    assert.deepEqual(arrived(), [second]);
  });

  it('overtake the answer when early', async () => {
    await fault('webhook-early');
    const reference = await pay();
    assert.deepEqual(arrived(), [reference]);
    now += 86_400_000;
    await sandbox.deliver();
    assert.deepEqual(arrived(), [reference]);
  });

  it('come later by as much as was asked when late', async () => {
    await fault('webhook-late', 7_000);
    const reference = await pay();
    now = START + 6_999;
    await sandbox.deliver();
    assert.deepEqual(arrived(), []);
    now = START + 7_000;
    await sandbox.deliver();
    assert.deepEqual(arrived(), [reference]);
  });

  it('come after the next one when reordered, and alone after a while', async () => {
    await fault('webhook-reordered', 5_000);
    const first = await pay();
    const second = await pay();
    await sandbox.deliver();
    assert.deepEqual(arrived(), [second, first]);
    await fault('webhook-reordered', 5_000);
    const third = await pay();
    await sandbox.deliver();
    assert.equal(arrived().length, 2);
    now += 5_000;
    await sandbox.deliver();
    assert.deepEqual(arrived(), [second, first, third]);
  });

  it('follow one that is signed with another key when forged', async () => {
    await fault('webhook-forged');
    await pay();
    await sandbox.deliver();
    assert.deepEqual(deliveries.map(({ genuine }) => genuine).sort(), [false, true]);
    assert.notEqual(deliveries[0]?.id, deliveries[1]?.id);
  });

  it('come again as they were recorded when replayed', async () => {
    await fault('webhook-replayed', 360_000);
    await pay();
    await sandbox.deliver();
    now += 360_000;
    await sandbox.deliver();
    const [first, second] = deliveries;
    assert.deepEqual(second, first);
    assert.equal(first?.timestamp, START / 1000);
    now += 360_000;
    await sandbox.deliver();
    assert.equal(deliveries.length, 2);
  });
});
