import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type Sandbox, startSandbox } from './server.ts';
import { sign } from './webhook-dialects.ts';

const keys = { publishable: 'pk_test', secret: 'sk_test' };
const secret = `whsec_${Buffer.from('a key of the test').toString('base64')}`;

interface Delivery {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

interface Body extends Record<string, unknown> {
  readonly items: readonly Record<string, unknown>[];
}

describe('the sandbox payment service provider', () => {
  let sandbox: Sandbox;
  let receiver: ReturnType<typeof createServer>;
  const waiting: ((delivery: Delivery) => boolean)[] = [];
  const deliveries: Delivery[] = [];
  let count = 0;

  before(async () => {
    receiver = createServer(async (request, reply) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const delivery = { headers: request.headers, body };
      deliveries.push(delivery);
      for (const waiter of waiting) waiter(delivery);
      reply.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/events`;
    sandbox = await startSandbox({ file: ':memory:', keys, webhook: { url, secret } }, 0);
  });
  after(async () => {
    await sandbox.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  const call = async (method: string, path: string, body?: object, key?: string) => {
    const reply = await fetch(sandbox.url + path, {
      method,
      headers: {
        authorization: `Bearer ${keys.secret}`,
        ...(key ? { 'idempotency-key': key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: reply.status, body: (await reply.json()) as Body };
  };
  const tokenOf = async (number: string): Promise<string> => {
    const card = { number, expMonth: 12, expYear: 2099, cvc: '123' };
    return (await call('POST', '/tokens', card)).body.token as string;
  };
  const authorize = async (number: string) => {
    count += 1;
    const reference = `pmt_${count}`;
    const body = { reference, amount: 1999, currency: 'EUR', token: await tokenOf(number) };
    return { reference, ...(await call('POST', '/payments', body, `${reference}:authorize`)) };
  };
  const eventOf = (type: string, reference: string) =>
    new Promise<Delivery>((resolve) => {
      const matches = (delivery: Delivery) => {
        const event = JSON.parse(delivery.body);
        const found = event.type === type && event.data.reference === reference;
        if (found) resolve(delivery);
        return found;
      };
      if (!deliveries.some(matches)) waiting.push(matches);
    });

  it('authorizes, captures and refunds, and writes each into the ledger', async () => {
    const paid = await authorize('4242 4242 4242 4242');
    assert.equal(paid.status, 201);
    assert.equal(paid.body.state, 'authorized');
    const path = `/payments/${paid.body.id}`;
    const captured = await call('POST', `${path}/capture`, { amount: 1999 }, 'c1');
    assert.equal(captured.body.state, 'captured');
    const refund = { amount: 500, reference: 'rfd_1' };
    assert.equal((await call('POST', `${path}/refunds`, refund, 'rfd_1')).body.refunded, 500);
    const over = { amount: 1500, reference: 'rfd_2' };
    const refused = await call('POST', `${path}/refunds`, over, 'rfd_2');
    assert.equal(refused.status, 409);
    const found = await call('GET', `/payments?reference=${paid.reference}`);
    const refunds = found.body.items[0]?.refunds as { reference: string }[];
    assert.equal(refunds[0]?.reference, 'rfd_1');
    const ledger = (await call('GET', '/ledger')).body.items;
    assert.deepEqual(
      ledger.filter((row) => row.payment === paid.body.id).map((row) => [row.kind, row.amount]),
      [
        ['authorized', 1999],
        ['captured', 1999],
        ['refunded', 500],
      ],
    );
  });

  it('answers a repeated key with the first answer, and refuses another body under it', async () => {
    const token = await tokenOf('4242424242424242');
    const body = { reference: 'pmt_replay', amount: 100, currency: 'JPY', token };
    const first = await call('POST', '/payments', body, 'replay');
    const second = await call('POST', '/payments', body, 'replay');
    assert.deepEqual(second, first);
    const other = await call('POST', '/payments', { ...body, amount: 101 }, 'replay');
    assert.equal(other.status, 422);
    const missing = await call('POST', '/payments', body);
    assert.equal(missing.status, 400);
  });

  it('declines each test card with its own reason, and keeps the decline under its key', async () => {
    const reasons = {
      '4000000000000002': 'card_declined',
      '4000000000009995': 'insufficient_funds',
      '4000000000000069': 'expired_card',
      '4000000000000127': 'incorrect_cvc',
      '4000000000000119': 'processing_error',
    };
    for (const [number, reason] of Object.entries(reasons)) {
      const declined = await authorize(number);
      assert.equal(declined.status, 402);
      assert.equal(declined.body.declineReason, reason);
    }
  });

  it('refuses a card number that fails Luhn, and never gives one back', async () => {
    const card = { number: '4242424242424241', expMonth: 12, expYear: 2099, cvc: '123' };
    const reply = await call('POST', '/tokens', card);
    assert.equal(reply.status, 402);
    assert.equal((reply.body.error as { code: string }).code, 'invalid_number');
    assert.doesNotMatch(JSON.stringify(reply.body), /4242424242424241/);
  });

  it('asks for 3-D Secure, and goes on with the customer’s answer', async () => {
    const asked = await authorize('4000000000003220');
    assert.equal(asked.body.state, 'actionRequired');
    const url = asked.body.actionUrl as string;
    assert.match(await (await fetch(url)).text(), /name="decision" value="approve"/);
    const body = new URLSearchParams({ decision: 'approve' });
    await fetch(url, { method: 'POST', body, redirect: 'manual' });
    const found = await call('GET', `/payments/${asked.body.id}`);
    assert.equal(found.body.state, 'authorized');
    await eventOf('payment.authorized', asked.reference);
  });

  it('voids, and refuses to capture what was voided', async () => {
    const paid = await authorize('4242424242424242');
    const path = `/payments/${paid.body.id}`;
    assert.equal((await call('POST', `${path}/void`, {}, 'v1')).body.state, 'voided');
    assert.equal((await call('POST', `${path}/capture`, { amount: 1999 }, 'v2')).status, 409);
  });

  it('signs its events as Standard Webhooks says', async () => {
    const paid = await authorize('4242424242424242');
    const { headers, body } = await eventOf('payment.authorized', paid.reference);
    const expected = sign(secret, {
      id: String(headers['webhook-id']),
      timestamp: Number(headers['webhook-timestamp']),
      body,
    });
    assert.equal(headers['webhook-signature'], expected);
  });

  it('keeps what it did when its answer is lost', async () => {
    await call('PUT', '/faults', { faults: [{ kind: 'timeout-after-success' }] });
    const token = await tokenOf('4242424242424242');
    const body = { reference: 'pmt_lost', amount: 700, currency: 'EUR', token };
    await assert.rejects(call('POST', '/payments', body, 'pmt_lost:authorize'));
    const found = await call('GET', '/payments?reference=pmt_lost');
    assert.equal(found.body.items[0]?.state, 'authorized');
  });

  it('pages through its transactions', async () => {
    const range = 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
    const all = await call('GET', `/transactions?${range}`);
    const first = await call('GET', `/transactions?${range}&limit=2`);
    const rest = await call('GET', `/transactions?${range}&cursor=${first.body.next}`);
    const items = [...first.body.items, ...rest.body.items];
    assert.deepEqual(items, all.body.items);
  });

  it('opens nothing without the secret key', async () => {
    const reply = await fetch(`${sandbox.url}/ledger`, {
      headers: { authorization: `Bearer ${keys.publishable}` },
    });
    assert.equal(reply.status, 401);
    await reply.arrayBuffer();
  });
});
