import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Sandbox, startSandbox } from './server.ts';

const keys = { publishable: 'pk_test', secret: 'sk_test' };

interface Body extends Record<string, unknown> {
  readonly id: string;
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly error: Record<string, unknown> & { readonly payment_intent?: Record<string, unknown> };
}

describe('Stripe’s face of the sandbox', () => {
  let sandbox: Sandbox;
  let now = Date.UTC(2026, 10, 22);

  before(async () => {
    sandbox = await startSandbox({ file: ':memory:', keys, now: () => now }, 0);
  });
  after(() => sandbox.close());

  const call = async (
    method: string,
    path: string,
    fields: Record<string, string> = {},
    { key, secret = keys.secret }: { key?: string; secret?: string } = {},
  ) => {
    const form = new URLSearchParams(fields).toString();
    const query = method === 'GET' && form !== '' ? `?${form}` : '';
    const reply = await fetch(`${sandbox.url}/v1/${path}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
      },
      ...(method === 'POST' ? { body: form } : {}),
    });
    const replayed = reply.headers.get('idempotent-replayed');
    return { status: reply.status, replayed, body: (await reply.json()) as Body };
  };
  const fieldsFor = async (number: string, reference: string) => {
    const reply = await fetch(`${sandbox.url}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.publishable}` },
      body: JSON.stringify({ number, expMonth: 1, expYear: 2099, cvc: '123' }),
    });
    const { token } = (await reply.json()) as { token: string };
    return {
      amount: '1000',
      currency: 'eur',
      payment_method: token,
      capture_method: 'manual',
      confirm: 'true',
      'metadata[reference]': reference,
      'metadata[shop]': 'mine',
    };
  };
  const create = async (number: string, reference: string, more: Record<string, string> = {}) =>
    call('POST', 'payment_intents', { ...(await fieldsFor(number, reference)), ...more });

  it('shows a declined card as an error of the card, with the intent', async () => {
    const { status, body } = await create('4000000000009995', 'p_funds');
    assert.equal(status, 402);
    const { payment_intent: intent, ...error } = body.error;
    assert.equal(error.type, 'card_error');
    assert.equal(error.code, 'card_declined');
    assert.equal(error.decline_code, 'insufficient_funds');
    assert.equal(intent?.status, 'requires_payment_method');
    assert.deepEqual(intent?.metadata, { reference: 'p_funds', shop: 'mine' });
    const expired = await create('4000000000000069', 'p_expired');
    assert.equal(expired.body.error.code, 'expired_card');
  });

  it('waits for 3-D Secure with an address to go to', async () => {
    const back = 'https://shop.example/return';
    const { body } = await create('4000000000003220', 'p_3ds', { return_url: back });
    assert.equal(body.status, 'requires_action');
    const action = body.next_action as { redirect_to_url: { url: string; return_url: string } };
    assert.equal(action.redirect_to_url.return_url, back);
    assert.match(await (await fetch(action.redirect_to_url.url)).text(), /Approve/);
  });

  it('replays the answer of a key, and refuses other parameters under it', async () => {
    const fields = await fieldsFor('4242424242424242', 'p_key');
    const first = await call('POST', 'payment_intents', fields, { key: 'k' });
    const again = await call('POST', 'payment_intents', fields, { key: 'k' });
    assert.deepEqual(again, { ...first, replayed: 'true' });
    assert.equal(first.replayed, null);
    const other = await call('POST', 'payment_intents', { ...fields, amount: '1' }, { key: 'k' });
    assert.equal(other.status, 400);
    assert.equal(other.body.error.type, 'idempotency_error');
  });

  it('makes two intents of the same reference under two keys, as Stripe does', async () => {
    const first = await create('4242424242424242', 'p_twice');
    const second = await create('4242424242424242', 'p_twice');
    assert.equal(second.status, 200);
    assert.notEqual(second.body.id, first.body.id);
  });

  it('refuses what a state does not allow, and shows the intent', async () => {
    const { body } = await create('4242424242424242', 'p_state');
    await call('POST', `payment_intents/${body.id}/cancel`);
    const refused = await call('POST', `payment_intents/${body.id}/capture`);
    assert.equal(refused.status, 400);
    assert.equal(refused.body.error.code, 'payment_intent_unexpected_state');
    assert.equal(refused.body.error.payment_intent?.status, 'canceled');
  });

  it('finds by metadata, a minute later', async () => {
    const { body } = await create('4242424242424242', 'p_search');
    const search = () =>
      call('GET', 'payment_intents/search', { query: "metadata['reference']:'p_search'" });
    assert.deepEqual((await search()).body.data, []);
    now += 60_000;
    assert.deepEqual(
      (await search()).body.data.map(({ id }) => id),
      [body.id],
    );
  });

  it('pages through balance transactions, newest first, with their sources', async () => {
    const { body } = await create('4242424242424242', 'p_balance');
    await call('POST', `payment_intents/${body.id}/capture`, { amount_to_capture: '1000' });
    for (const amount of ['1', '2', '3']) {
      await call('POST', 'refunds', { payment_intent: body.id, amount });
    }
    const all = await call('GET', 'balance_transactions', { limit: '100' });
    const ids = all.body.data.map(({ id }) => id);
    assert.equal(ids.length, 4);
    const first = await call('GET', 'balance_transactions', { limit: '3' });
    assert.equal(first.body.has_more, true);
    const rest = await call('GET', 'balance_transactions', {
      starting_after: first.body.data.at(-1)?.id ?? '',
      'expand[0]': 'data.source',
    });
    assert.equal(rest.body.has_more, false);
    assert.deepEqual(
      [...first.body.data, ...rest.body.data].map(({ id }) => id),
      ids,
    );
    const [charge] = rest.body.data as unknown as { source: Record<string, unknown> }[];
    assert.equal(charge?.source.object, 'charge');
    assert.equal(charge?.source.amount_refunded, 6);
  });

  it('refuses what it does not imitate instead of ignoring it', async () => {
    const unknown = await create('4242424242424242', 'p_unknown', { customer: 'cus_1' });
    assert.equal(unknown.body.error.code, 'parameter_unknown');
    const automatic = await create('4242424242424242', 'p_auto', { capture_method: 'automatic' });
    assert.equal(automatic.body.error.code, 'not_imitated');
    assert.equal((await call('GET', 'customers')).status, 404);
  });

  it('opens nothing without the secret key', async () => {
    const refused = await call('GET', 'balance_transactions', {}, { secret: keys.publishable });
    assert.equal(refused.status, 401);
  });
});
