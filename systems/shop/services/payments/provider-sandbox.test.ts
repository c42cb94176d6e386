import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { money } from '../../money.ts';
import { type Sandbox, startSandbox } from '../../sandbox-psp/server.ts';
import { sign } from '../../sandbox-psp/webhook-dialects.ts';
import { BadEvent, type PaymentProvider } from './provider.ts';
import { createSandboxProvider } from './provider-sandbox.ts';

const webhookSecret = `whsec_${Buffer.from('a key of the test').toString('base64')}`;
const NOW = Date.UTC(2026, 10, 22);

describe('the adapter of the sandbox PSP', () => {
  let sandbox: Sandbox;
  let provider: PaymentProvider;
  const { signal } = new AbortController();

  before(async () => {
    const keys = { publishable: 'pk_test', secret: 'sk_test' };
    sandbox = await startSandbox({ file: ':memory:', keys }, 0);
    provider = createSandboxProvider(
      { url: sandbox.url, publishableKey: 'pk_test', secretKey: 'sk_test', webhookSecret },
      () => NOW,
    );
  });
  after(() => sandbox.close());

  const post = async (path: string, key: string, body: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const reply = await fetch(sandbox.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await reply.json()) as { token: string };
  };
  const authorize = async (reference: string, number = '4242424242424242') => {
    const card = { number, expMonth: 1, expYear: 2099, cvc: '123' };
    const { token } = await post('/tokens', 'pk_test', card);
    const amount = money(1000, 'EUR');
    const command = { kind: 'authorize', reference, amount, token, returnUrl: undefined } as const;
    return () => provider.execute(command, `${reference}:authorize`, signal);
  };
  const fault = async (kind: string) => {
    await fetch(`${sandbox.url}/faults`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sk_test' },
      body: JSON.stringify({ faults: [{ kind }] }),
    });
  };

  it('authorizes, captures, refunds and finds all of it again', async () => {
    const done = await (await authorize('pay_1'))();
    assert.equal(done.kind, 'done');
    if (done.kind !== 'done') return;
    const { providerId } = done.payment;
    const amount = money(1000, 'EUR');
    const named = { reference: 'pay_1', providerId };
    await provider.execute({ kind: 'capture', ...named, amount }, 'pay_1:capture', signal);
    const part = money(300, 'EUR');
    await provider.execute(
      { kind: 'refund', ...named, refundId: 'rfd_1', amount: part },
      'rfd_1',
      signal,
    );
    const found = await provider.find('pay_1', signal);
    assert.equal(found?.state, 'captured');
    assert.deepEqual(found?.refunds, [{ refundId: 'rfd_1', amount: 300 }]);
    assert.equal(await provider.find('pay_none', signal), undefined);
    const range = { from: NOW - 1e12, to: NOW + 1e12 };
    const { items } = await provider.listTransactions(range, signal);
    assert.deepEqual(
      items.map((item) => [item.kind, item.amount]),
      [
        ['authorized', 1000],
        ['captured', 1000],
        ['refunded', 300],
      ],
    );
  });

  it('tells a decline as a refusal with its reason', async () => {
    const outcome = await (await authorize('pay_declined', '4000000000009995'))();
    assert.equal(outcome.kind, 'refused');
    assert.equal(outcome.kind === 'refused' && outcome.reason, 'insufficient_funds');
  });

  it('tells a lost answer as unknown, and the same key gives the answer that was lost', async () => {
    const run = await authorize('pay_lost');
    await fault('timeout-after-success');
    assert.equal((await run()).kind, 'unknown');
    assert.equal((await provider.find('pay_lost', signal))?.state, 'authorized');
    assert.equal((await run()).kind, 'done');
  });

  it('tells an internal error as unknown, and finds that nothing was done', async () => {
    const run = await authorize('pay_error');
    await fault('error');
    assert.equal((await run()).kind, 'unknown');
    assert.equal(await provider.find('pay_error', signal), undefined);
  });

  it('tells a refused connection as not executed', async () => {
    const other = await startSandbox(
      { file: ':memory:', keys: { publishable: 'p', secret: 's' } },
      0,
    );
    await other.close();
    const closed = createSandboxProvider(
      { url: other.url, publishableKey: 'p', secretKey: 's', webhookSecret },
      () => NOW,
    );
    const outcome = await closed.execute(
      { kind: 'void', reference: 'pay_x', providerId: 'pay_x' },
      'pay_x:void',
      signal,
    );
    assert.equal(outcome.kind, 'notExecuted');
  });

  describe('reading an event', () => {
    const body = JSON.stringify({ type: 'payment.authorized', data: { reference: 'pay_1' } });
    const read = (id: string, timestamp: number, signature: string, text = body) => {
      const headers: Record<string, string> = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      };
      return provider.readEvent(new TextEncoder().encode(text), (name) => headers[name]);
    };
    const seconds = NOW / 1000;

    it('accepts what is signed with our key, also beside another signature', () => {
      const signature = `v1,bm9wZQ== ${sign(webhookSecret, { id: 'evt_1', timestamp: seconds, body })}`;
      const event = read('evt_1', seconds, signature);
      assert.deepEqual(event, { id: 'evt_1', type: 'payment.authorized', reference: 'pay_1' });
    });

    it('refuses what is forged, changed, or older than five minutes', () => {
      const signature = sign(webhookSecret, { id: 'evt_1', timestamp: seconds, body });
      assert.throws(() => read('evt_2', seconds, signature), BadEvent);
      assert.throws(() => read('evt_1', seconds, signature, `${body} `), BadEvent);
      assert.throws(() => read('evt_1', seconds, 'v1,bm9wZQ=='), BadEvent);
      const old = seconds - 301;
      assert.throws(
        () => read('evt_1', old, sign(webhookSecret, { id: 'evt_1', timestamp: old, body })),
        /five/,
      );
    });
  });
});
