import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '@portico/host';
import { createAnswerLog } from '../load/answer-log.ts';
import { send } from '../load/http-client.ts';
import type { CheckoutKind, PlannedAction, PlannedSession } from '../load/plan.ts';
import { runLoad } from '../load/run-load.ts';
import { exploreShop } from '../load/world.ts';
import { withSeedKey } from '../seed/consumers.ts';
import { createRestCalls } from '../seed/rest-calls.ts';
import { seedGoods, seedPeople } from '../seed/seed.ts';
import { readAnswers } from './answers.ts';
import { createApiSource } from './api-source.ts';
import { startTestShop, type TestShop } from './fixtures/test-shop.ts';
import { formatReport } from './report.ts';
import { type CheckResult, runCheck } from './run-check.ts';
import { createStoreSource } from './store-source.ts';

/** Visitors who each buy something, every kind of checkout among them, and one who only looks. */
function planPurchases(): PlannedSession[] {
  const kinds: readonly CheckoutKind[] = [
    ...(['plain', 'twice', 'cut', 'declined', 'challenged', 'cancelled'] as const),
  ];
  const purchase = (checkout: CheckoutKind, number: number, soap = false): PlannedSession => {
    const action = (kind: PlannedAction['kind'], atMs: number): PlannedAction => {
      return { kind, atMs, soap, choice: number / 10, checkout };
    };
    const steps = ['search', 'product', 'add', 'cart', 'checkout', 'status'] as const;
    return {
      number,
      customer: number,
      actions: steps.map((kind, index) => action(kind, index * 20)),
    };
  };
  const looks: PlannedSession = {
    number: 8,
    customer: 8,
    actions: (['signIn', 'browse', 'status'] as const).map((kind, index) => {
      return { kind, atMs: index * 10, soap: false, choice: 0.5, checkout: 'plain' };
    }),
  };
  return [
    ...kinds.map((kind, number) => purchase(kind, number)),
    purchase('plain', 7, true),
    looks,
  ];
}

describe('the checker of a running shop', () => {
  let shop: TestShop;
  let problems: readonly { operation: string; status: number; code: string }[];

  before(async () => {
    shop = await startTestShop();
    const { directory, origin } = shop;
    const host = createHost();
    await withSeedKey(join(directory, 'keys.json'), host, async (key) => {
      await waitForKey(origin, key);
      const calls = createRestCalls({ origin, key });
      await seedGoods(calls);
      assert.equal((await seedPeople(calls)).length, 50);
    });
    const result = await runLoad({
      plan: planPurchases(),
      world: await exploreShop(origin, shop.keys.get('loadgen')),
      answers: createAnswerLog(join(directory, 'load'), host.clock.now),
      name: 'purchases',
      signal: new AbortController().signal,
    });
    ({ problems } = result);
  });
  after(() => shop.stop());

  const onStores = (settleMs = 5_000) =>
    runCheck({
      source: createStoreSource(shop.directory),
      answers: readAnswers(join(shop.directory, 'load')),
      settleMs,
    });
  const throughApi = (key = shop.keys.get('auditor') ?? '') => {
    const { origin: api, psp } = shop;
    return runCheck({
      source: createApiSource({ api, key, psp, pspKey: 'sk_sandbox' }),
      answers: readAnswers(join(shop.directory, 'load')),
      settleMs: 5_000,
    });
  };
  const figuresOf = ({ invariants }: CheckResult, id: string) =>
    invariants.find((each) => each.id === id)?.figures ?? {};
  const brokenIn = ({ invariants }: CheckResult) =>
    invariants.filter(({ status }) => status === 'broken').map(({ id }) => id);

  it('is visited without a failure', () => {
    const accepted = ['key-in-flight', 'cut off by the client', 'NotCancellable'];
    assert.deepEqual(
      problems.filter(({ code }) => !accepted.includes(code)),
      [],
    );
  });

  it('finds that everything holds, on the stores and through the API, with the same figures', async () => {
    const result = await onStores();
    assert.equal(result.outcome, 'holds', formatReport(result));
    const { orders } = figuresOf(result, 'I4') as { orders: Record<string, number> };
    assert.equal(orders.failed, 1, 'the declined one');
    assert.equal((orders.confirmed ?? 0) + (orders.cancelled ?? 0), 6);
    const { 'orders answered': answered } = figuresOf(result, 'I11');
    assert.equal(answered, 7);
    assert.equal(figuresOf(result, 'I5').keys, 7);
    const { invariants } = await throughApi();
    // Event logs and what was erased no API shows, and it says so.
    const others = (all: CheckResult['invariants']) =>
      all.filter(({ id }) => id !== 'I8' && id !== 'I9');
    assert.deepEqual(others(invariants), others(result.invariants));
    for (const only of ['I8', 'I9']) {
      assert.equal(invariants.find(({ id }) => id === only)?.status, 'needs');
      assert.equal(result.invariants.find(({ id }) => id === only)?.status, 'holds');
    }
  });

  it('refuses to read through the API with a key that may not audit', async () => {
    await assert.rejects(throughApi(shop.keys.get('erp')), /403.*forbidden/s);
  });

  it('says that the shop is not at rest while a customer is at the bank, and with what', async () => {
    const orderId = await leaveAtTheBank(shop);
    const result = await onStores(300);
    assert.equal(result.outcome, 'unsettled');
    assert.deepEqual(result.busy, [`checkout ${orderId} is at authorize`]);
    assert.match(formatReport(result), /Not settled/);
  });

  it('finds what somebody changed behind the back of a service', async () => {
    const manipulate = async (service: string, sql: string, undo: string) => {
      const store = join(shop.directory, 'data', service, 'store.db');
      const change = (statement: string) => {
        const database = new DatabaseSync(store, { timeout: 5_000 });
        database.exec(statement);
        database.close();
      };
      change(sql);
      // The customer is still at the bank, so what is looked at is the verdict beside it.
      const found = brokenIn(await onStores(0));
      change(undo);
      return found;
    };
    const one = `(SELECT sku FROM stock WHERE on_hand > 10 LIMIT 1)`;
    assert.deepEqual(
      await manipulate(
        'inventory',
        `UPDATE stock SET on_hand = on_hand + 1 WHERE sku = ${one}`,
        `UPDATE stock SET on_hand = on_hand - 1 WHERE sku = ${one}`,
      ),
      ['I1'],
    );
    const paid = `WHERE order_id = (SELECT min(order_id) FROM orders WHERE payment = 'paid')`;
    assert.deepEqual(
      await manipulate(
        'orders',
        `UPDATE orders SET shipping = shipping + 1, total = total + 1, accepted = accepted + 1 ${paid}`,
        `UPDATE orders SET shipping = shipping - 1, total = total - 1, accepted = accepted - 1 ${paid}`,
      ),
      ['I4', 'I6'],
    );
    assert.deepEqual(
      await manipulate(
        'payments',
        `UPDATE ledger SET amount = amount - 1 WHERE entry = 'captured'`,
        `UPDATE ledger SET amount = amount + 1 WHERE entry = 'captured'`,
      ),
      ['I3', 'I4'],
    );
    assert.deepEqual(
      await manipulate(
        'cart',
        'CREATE TABLE kept AS SELECT * FROM closure; DELETE FROM closure;',
        'INSERT INTO closure SELECT * FROM kept; DROP TABLE kept;',
      ),
      ['I5'],
    );
    assert.deepEqual(brokenIn(await onStores(0)), []);
  });
});

/** Gateways notice new keys within a second. */
async function waitForKey(origin: string, key: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const headers = { 'x-api-key': key };
    const { status } = await send({ url: `${origin}/catalog/v1/categories`, headers });
    if (status === 200) return;
    await sleep(50);
  }
  throw new Error('The gateway never noticed the key.');
}

/** Orders with a card that asks for 3-D Secure, and stays there. */
async function leaveAtTheBank(shop: TestShop): Promise<string> {
  const json = async (path: string, init: Partial<Parameters<typeof send>[0]> = {}) => {
    const { status, body, code } = await send({ ...init, url: shop.origin + path });
    assert.ok(status < 300, `${path}: ${status} ${code}`);
    return body as Record<string, never>;
  };
  const guest = await json('/identity/v1/guests', { method: 'POST', body: {} });
  const headers = { authorization: `Bearer ${guest.accessToken}`, 'idempotency-key': 'bank' };
  const { items } = await json('/catalog/v1/products?q=lantern&limit=1');
  const [product] = items as unknown as [{ skus: string[] }];
  const line = { sku: product.skus[0], quantity: 1 };
  await json('/cart/v1/mine/items', { method: 'POST', headers, body: line });
  const quote = await json('/orders/v1/quote?country=DE', { headers });
  const card = await send({
    method: 'POST',
    url: `${shop.psp}/tokens`,
    headers: { authorization: 'Bearer pk_sandbox' },
    body: { number: '4000000000003220', expMonth: 12, expYear: 2099, cvc: '123' },
  });
  const address = { line1: 'Lindenweg 1', postalCode: '04109', city: 'Leipzig', country: 'DE' };
  const { orderId } = await json('/orders/v1/orders', {
    method: 'POST',
    headers,
    body: {
      cartVersion: quote.cartVersion,
      expectedTotal: quote.total,
      contact: { name: 'Ada Example', email: 'ada@example.com' },
      shippingAddress: { name: 'Ada Example', ...address },
      paymentToken: (card.body as { token: string }).token,
      returnUrl: 'http://127.0.0.1/back',
    },
  });
  await json(`/orders/v1/orders/${orderId}?wait=10`, { headers });
  return String(orderId);
}
