import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@portico/service';
import {
  BadSignature,
  CaptureRefused,
  PaymentDeclined,
  Payments,
  PaymentVoided,
  RefundTooLarge,
} from '../../contracts/payments.ts';
import { money } from '../../money.ts';
import { type Sandbox, startSandbox } from '../../sandbox-psp/server.ts';
import { sign } from '../../sandbox-psp/webhook-dialects.ts';
import { startServices, type TestServices, withLateClock } from '../fixtures/test-services.ts';
import { payments } from './service.ts';

const keys = { publishable: 'pk_test', secret: 'sk_test' };
const webhookSecret = `whsec_${Buffer.from('a key of the test').toString('base64')}`;

describe('payments', () => {
  let sandbox: Sandbox;
  let services: TestServices;
  let internal: Client<typeof Payments>;
  let staff: Client<typeof Payments>;
  const lateMs = 0;

  before(async () => {
    sandbox = await startSandbox({ file: ':memory:', keys }, 0);
    const config = {
      provider: 'sandbox',
      sandbox: {
        url: sandbox.url,
        publishableKey: keys.publishable,
        secretKey: keys.secret,
        webhookSecret,
      },
    };
    services = await startServices([payments], {
      config: { payments: config },
      host: withLateClock(() => lateMs),
    });
    internal = services.asService(Payments);
    staff = services.as(Payments, 'user:acc_staff', 'payments:read', 'shop:audit');
  });
  after(async () => {
    await services.stop();
    await sandbox.close();
  });

  const psp = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${keys.secret}` };
    const reply = await fetch(sandbox.url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await reply.json()) as { token: string; items: Record<string, unknown>[] };
  };
  const create = async (number = '4242424242424242', amount = 1000) => {
    const card = { number, expMonth: 1, expYear: 2099, cvc: '123' };
    return {
      paymentId: services.host.ids.prefixed('pay'),
      orderId: services.host.ids.prefixed('ord'),
      amount: money(amount, 'EUR'),
      token: (await psp('POST', '/tokens', card)).token,
    };
  };
  const named = ({ paymentId }: { paymentId: string }) => ({ paymentId });
  const ordered = ({ paymentId, orderId }: { paymentId: string; orderId: string }) => {
    return { paymentId, orderId };
  };
  const ledgerOf = async (paymentId: string) => {
    const { items } = await psp('GET', '/ledger');
    const [payment] = (await psp('GET', `/payments?reference=${paymentId}`)).items;
    const theirs = items.filter((entry) => entry.payment === payment?.id).map(({ kind }) => kind);
    const facts = await staff.exportFacts({ limit: 500 });
    const ours = facts.items.flatMap((fact) =>
      fact.kind === 'ledger' && fact.paymentId === paymentId ? [fact.entry] : [],
    );
    assert.deepEqual(ours, theirs);
    return ours;
  };

  it('authorizes, captures and refunds once, however often it is asked', async () => {
    const asked = await create();
    const both = await Promise.all([internal.authorize(asked), internal.authorize(asked)]);
    assert.ok(both.some((payment) => payment.state === 'authorized'));
    const { paymentId } = asked;
    assert.equal((await internal.authorize(asked)).state, 'authorized');
    assert.equal((await internal.capture({ paymentId })).state, 'captured');
    assert.equal((await internal.capture({ paymentId })).state, 'captured');
    const refund = { refundId: services.host.ids.prefixed('rfd'), paymentId };
    await internal.refund({ ...refund, amount: money(400, 'EUR') });
    await internal.refund({ ...refund, amount: money(400, 'EUR') });
    const payment = await staff.getPayment({ paymentId });
    assert.equal(payment.state, 'partlyRefunded');
    assert.deepEqual(payment.card, { brand: 'visa', lastFour: '4242' });
    assert.deepEqual(await ledgerOf(paymentId), ['authorized', 'captured', 'refunded']);
    const over = { refundId: services.host.ids.prefixed('rfd'), paymentId };
    const problem = await internal.refund({ ...over, amount: money(601, 'EUR') }).catch((e) => e);
    assert.ok(RefundTooLarge.is(problem));
    assert.equal(problem.details.data.refundable.amount, 600);
  });

  it('tells a decline with its reason, and the same one again', async () => {
    const asked = await create('4000000000000127');
    for (let times = 0; times < 2; times += 1) {
      const problem = await internal.authorize(asked).catch((caught) => caught);
      assert.ok(PaymentDeclined.is(problem));
      assert.equal(problem.details.data.reason, 'wrongCvc');
    }
    await assert.rejects(internal.capture(named(asked)), CaptureRefused.is);
  });

  it('finds what was done when the answer is lost, and does not do it again', async () => {
    const asked = await create();
    await psp('PUT', '/faults', { faults: [{ kind: 'timeout-after-success' }] });
    assert.equal((await internal.authorize(asked)).state, 'authorized');
    await psp('PUT', '/faults', { faults: [{ kind: 'timeout-after-success' }] });
    assert.equal((await internal.capture(named(asked))).state, 'captured');
    assert.deepEqual(await ledgerOf(asked.paymentId), ['authorized', 'captured']);
  });

  it('knows when nothing was done, and does it under the same key', async () => {
    const asked = await create();
    await psp('PUT', '/faults', { faults: [{ kind: 'error' }] });
    assert.equal((await internal.authorize(asked)).state, 'sent');
    assert.equal((await internal.authorize(asked)).state, 'authorized');
    assert.deepEqual(await ledgerOf(asked.paymentId), ['authorized']);
  });

  it('refuses an authorization that was voided before it came', async () => {
    const asked = await create();
    assert.equal((await internal.void(ordered(asked))).state, 'voided');
    await assert.rejects(internal.authorize(asked), PaymentVoided.is);
    assert.deepEqual(await ledgerOf(asked.paymentId), []);
  });

  it('voids what was authorized, and does not capture it any more', async () => {
    const asked = await create();
    await internal.authorize(asked);
    await internal.void(ordered(asked));
    await internal.void(ordered(asked));
    await assert.rejects(internal.capture(named(asked)), CaptureRefused.is);
    assert.deepEqual(await ledgerOf(asked.paymentId), ['authorized', 'voided']);
  });

  it('lets either capture or void win, never both', async () => {
    for (let round = 0; round < 5; round += 1) {
      const asked = await create();
      await internal.authorize(asked);
      await Promise.allSettled([internal.capture(named(asked)), internal.void(ordered(asked))]);
      const ledger = await ledgerOf(asked.paymentId);
      assert.equal(ledger.length, 2, ledger.join());
    }
  });

  it('goes on after 3-D Secure by the word of the provider, not by that of the webhook', async () => {
    const asked = await create('4000000000003220');
    const waiting = await internal.authorize(asked);
    assert.equal(waiting.state, 'actionRequired');
    const early = JSON.stringify({
      type: 'payment.authorized',
      data: { reference: asked.paymentId },
    });
    const send = async (id: string, text: string, secret = webhookSecret, ageSeconds = 0) => {
      const timestamp = Math.floor(services.host.clock.now() / 1000) - ageSeconds;
      return staff.receiveProviderEvent({
        provider: 'sandbox',
        payload: Buffer.from(text).toString('base64'),
        webhookId: id,
        webhookTimestamp: String(timestamp),
        webhookSignature: sign(secret, { id, timestamp, body: text }),
      });
    };
    await send('evt_early', early);
    assert.equal((await staff.getPayment(named(asked))).state, 'actionRequired');
    const body = new URLSearchParams({ decision: 'approve' });
    const url = waiting.nextAction?.url ?? '';
    await fetch(url, { method: 'POST', body, redirect: 'manual' });
    const forged = `whsec_${Buffer.from('another key').toString('base64')}`;
    await assert.rejects(send('evt_forged', early, forged), BadSignature.is);
    await assert.rejects(send('evt_old', early, webhookSecret, 301), BadSignature.is);
    assert.equal((await staff.getPayment(named(asked))).state, 'actionRequired');
    await send('evt_late', early);
    await send('evt_late', early);
    assert.equal((await staff.getPayment(named(asked))).state, 'authorized');
    assert.deepEqual(await ledgerOf(asked.paymentId), ['authorized']);
  });

  it('keeps an event that fits no payment, and reports it', async () => {
    const text = JSON.stringify({ type: 'payment.captured', data: { reference: 'pay_none' } });
    const timestamp = Math.floor(services.host.clock.now() / 1000);
    await staff.receiveProviderEvent({
      provider: 'sandbox',
      payload: Buffer.from(text).toString('base64'),
      webhookId: 'evt_none',
      webhookTimestamp: String(timestamp),
      webhookSignature: sign(webhookSecret, { id: 'evt_none', timestamp, body: text }),
    });
    const { items } = await staff.exportFacts({ limit: 500 });
    const unmatched = items.filter((fact) => fact.kind === 'unmatchedEvent');
    assert.deepEqual(
      unmatched.map((fact) => fact.kind === 'unmatchedEvent' && fact.eventId),
      ['evt_none'],
    );
  });

  it('shows pages what they need, and nothing secret', async () => {
    const config = await staff.getPaymentConfig();
    assert.equal(config.publishableKey, keys.publishable);
    assert.doesNotMatch(JSON.stringify(config), /sk_test|whsec/);
    assert.deepEqual(config.currencies, ['EUR', 'GBP', 'JPY', 'BHD']);
  });

  it('lists payments by state, page by page', async () => {
    const all = await staff.listPayments({ limit: 100 });
    const first = await staff.listPayments({ limit: 3 });
    const rest = await staff.listPayments({ limit: 100, cursor: first.next ?? '' });
    assert.deepEqual([...first.items, ...rest.items], all.items);
    const refunded = await staff.listPayments({ state: 'partlyRefunded' });
    assert.equal(refunded.items.length, 1);
  });
});
