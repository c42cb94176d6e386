import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@portico/service';
import { Cart, CurrencyMismatch, NotSold, QuantityLimit } from '../../contracts/cart.ts';
import { Catalog } from '../../contracts/catalog.ts';
import { GuestInvalid, Identity } from '../../contracts/identity.ts';
import { createCatalog } from '../catalog/service.ts';
import { createIdentity } from '../identity/service.ts';
import { startServices, type TestServices, withLateClock } from '../test-services.ts';
import { cart } from './service.ts';

const DAY_MS = 24 * 3_600_000;

describe('cart', () => {
  let services: TestServices;
  let internal: Client<typeof Cart>;
  let auditor: Client<typeof Cart>;
  let staff: Client<typeof Catalog>;
  let identity: Client<typeof Identity>;
  let lateMs = 0;
  let count = 0;

  before(async () => {
    const host = withLateClock(() => lateMs);
    services = await startServices([createIdentity(), createCatalog(), cart], { host });
    internal = services.asService(Cart);
    auditor = services.as(Cart, 'user:acc_auditor', 'shop:audit');
    staff = services.as(Catalog, 'user:acc_staff', 'catalog:write');
    identity = services.as(Identity, 'user:nobody');
    await staff.putCategory({ categoryId: 'all', title: 'All', position: 0 });
    await sell('LAMP', 1_000, 'EUR');
    await sell('CHAIR', 4_500, 'EUR');
    await sell('BOTH', 700, 'EUR');
    await staff.putPrice({ sku: 'BOTH', currency: 'JPY', amount: 1_100 });
  });
  after(() => services.stop());

  const key = () => {
    count += 1;
    return { key: `key-${count}` };
  };
  const sell = async (sku: string, amount: number, currency: 'EUR' | 'JPY') => {
    const variant = { sku, title: 'One', attributes: [], prices: [{ currency, amount }] };
    const row = {
      slug: sku.toLowerCase(),
      title: `A ${sku.toLowerCase()}`,
      description: 'Made to last.',
      categories: ['all'],
      taxClass: 'standard' as const,
      attributes: [],
      images: [],
      publish: true,
      variants: [variant],
    };
    const { results } = await staff.importProducts({ rows: [row] }, key());
    assert.equal(results[0]?.outcome, 'created', results[0]?.problem);
  };
  const someone = () => {
    const id = services.host.ids.prefixed('acc');
    return { id, me: services.as(Cart, `user:${id}`, 'cart:use') };
  };
  const guest = async () => {
    const tokens = await identity.startGuest();
    return { tokens, me: services.as(Cart, `user:${tokens.subject}`, 'cart:use') };
  };
  const linesOf = (view: { lines: readonly { sku: string; quantity: number }[] }) =>
    Object.fromEntries(view.lines.map(({ sku, quantity }) => [sku, quantity]));
  const fails = async (answer: Promise<unknown>, error: { is(value: unknown): boolean }) =>
    assert.rejects(answer, (thrown) => error.is(thrown) || assert.fail(String(thrown)));

  it('is empty and unnamed before something is put into it', async () => {
    assert.deepEqual(await someone().me.getCart(), { version: 0, lines: [] });
  });

  it('holds one line per SKU, added once per key', async () => {
    const { me } = someone();
    const once = key();
    const first = await me.addItem({ sku: 'LAMP', quantity: 2 }, once);
    assert.deepEqual(await me.addItem({ sku: 'LAMP', quantity: 2 }, once), first);
    const second = await me.addItem({ sku: 'LAMP', quantity: 3 }, key());
    assert.deepEqual(linesOf(second), { LAMP: 5 });
    assert.deepEqual(second.subtotal, { amount: 5_000, currency: 'EUR' });
    assert.ok(second.version > first.version);
    assert.deepEqual(await me.getCart(), second);
  });

  it('adds every piece of many clicks at once', async () => {
    const { me } = someone();
    await Promise.all(
      Array.from({ length: 20 }, () => me.addItem({ sku: 'LAMP', quantity: 1 }, key())),
    );
    assert.deepEqual(linesOf(await me.getCart()), { LAMP: 20 });
  });

  it('is nobody else’s', async () => {
    const [one, two] = [someone(), someone()];
    await one.me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    assert.deepEqual(linesOf(await two.me.getCart()), {});
    await two.me.clearCart();
    assert.deepEqual(linesOf(await one.me.getCart()), { LAMP: 1 });
  });

  it('refuses what is not sold, what is too much, and a second currency', async () => {
    const { me } = someone();
    await fails(me.addItem({ sku: 'NOTHING', quantity: 1 }, key()), NotSold);
    await fails(me.addItem({ sku: 'LAMP', quantity: 1, currency: 'JPY' }, key()), NotSold);
    await me.addItem({ sku: 'LAMP', quantity: 99 }, key());
    await fails(me.addItem({ sku: 'LAMP', quantity: 1 }, key()), QuantityLimit);
    await fails(me.addItem({ sku: 'BOTH', quantity: 1, currency: 'JPY' }, key()), CurrencyMismatch);
    await me.clearCart();
    const yen = await me.addItem({ sku: 'BOTH', quantity: 1, currency: 'JPY' }, key());
    assert.deepEqual(yen.subtotal, { amount: 1_100, currency: 'JPY' });
  });

  it('changes quantities and takes lines out, the same call twice being one', async () => {
    const { me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    const set = await me.setQuantity({ sku: 'LAMP', quantity: 7 });
    assert.deepEqual(await me.setQuantity({ sku: 'LAMP', quantity: 7 }), set);
    await assert.rejects(me.setQuantity({ sku: 'CHAIR', quantity: 1 }), { code: 'not-found' });
    const removed = await me.removeItem({ sku: 'LAMP' });
    assert.deepEqual(linesOf(removed), {});
    assert.equal((await me.removeItem({ sku: 'LAMP' })).version, removed.version);
  });

  it('keeps the price that was seen beside the one that is', async () => {
    await sell('MOVING', 500, 'EUR');
    const { me } = someone();
    await me.addItem({ sku: 'MOVING', quantity: 2 }, key());
    await staff.putPrice({ sku: 'MOVING', currency: 'EUR', amount: 450 });
    const [line] = (await me.getCart()).lines;
    assert.deepEqual([line?.priceSeen.amount, line?.price?.amount], [500, 450]);
    const product = await staff.getProduct({ productId: 'moving' });
    await staff.retireProduct({ productId: product.productId, version: product.version });
    const [gone] = (await me.getCart()).lines;
    assert.deepEqual([gone?.sold, gone?.price], [false, undefined]);
    await fails(me.setQuantity({ sku: 'MOVING', quantity: 3 }), NotSold);
    assert.deepEqual(linesOf(await me.setQuantity({ sku: 'MOVING', quantity: 1 })), { MOVING: 1 });
  });

  it('takes over a guest’s cart once, however many ask at the same time', async () => {
    const visitor = await guest();
    await visitor.me.addItem({ sku: 'LAMP', quantity: 60 }, key());
    await visitor.me.addItem({ sku: 'CHAIR', quantity: 1 }, key());
    const { me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 60 }, key());
    const input = { guestToken: visitor.tokens.accessToken };
    const once = key();
    const outcomes = await Promise.allSettled([
      me.mergeGuestCart(input, once),
      me.mergeGuestCart(input, key()),
      someone().me.mergeGuestCart(input, key()),
    ]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.ok(GuestInvalid.is(outcome.reason));
    }
    assert.deepEqual(linesOf(await visitor.me.getCart()), {});
  });

  it('sums up to the limits and ends the guest’s cart when it merges', async () => {
    const visitor = await guest();
    await visitor.me.addItem({ sku: 'LAMP', quantity: 60 }, key());
    await visitor.me.addItem({ sku: 'CHAIR', quantity: 1 }, key());
    const { me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 60 }, key());
    const input = { guestToken: visitor.tokens.refreshToken };
    const once = key();
    const merged = await me.mergeGuestCart(input, once);
    assert.deepEqual(linesOf(merged), { LAMP: 99, CHAIR: 1 });
    assert.deepEqual(await me.mergeGuestCart(input, once), merged);
    await fails(me.mergeGuestCart(input, key()), GuestInvalid);
    assert.deepEqual(await visitor.me.getCart(), { version: 0, lines: [] });
  });

  it('refuses tokens that are no guest’s, and one’s own', async () => {
    const visitor = await guest();
    await visitor.me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    const { me } = someone();
    await fails(me.mergeGuestCart({ guestToken: 'made-up' }, key()), GuestInvalid);
    const own = { guestToken: visitor.tokens.accessToken };
    await fails(visitor.me.mergeGuestCart(own, key()), GuestInvalid);
    assert.deepEqual(linesOf(await visitor.me.getCart()), { LAMP: 1 });
  });

  it('is closed by its order, once, and keeps what came during checkout', async () => {
    const { id, me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 2 }, key());
    await me.addItem({ sku: 'CHAIR', quantity: 1 }, key());
    const ordered = await internal.getCheckoutCart({ subject: id });
    assert.ok(ordered.cartId);
    await me.addItem({ sku: 'LAMP', quantity: 3 }, key());
    await me.removeItem({ sku: 'CHAIR' });
    await me.addItem({ sku: 'CHAIR', quantity: 2 }, key());
    const orderId = services.host.ids.prefixed('ord');
    const lines = ordered.lines.map(({ sku, quantity }) => ({ sku, quantity }));
    const order = { cartId: ordered.cartId, orderId, version: ordered.version, lines };
    const closed = await internal.closeCart(order, key());
    assert.deepEqual(closed, { closed: false, linesLeft: 2 });
    assert.deepEqual(linesOf(await me.getCart()), { LAMP: 3, CHAIR: 2 });
    await internal.closeCart(order, key());
    assert.deepEqual(linesOf(await me.getCart()), { LAMP: 3, CHAIR: 2 });
  });

  it('makes room for another cart when everything was ordered', async () => {
    const { id, me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 2 }, key());
    const { cartId, version, lines: all } = await internal.getCheckoutCart({ subject: id });
    assert.ok(cartId);
    const lines = all.map(({ sku, quantity }) => ({ sku, quantity }));
    const orderId = services.host.ids.prefixed('ord');
    const closed = await internal.closeCart({ cartId, orderId, version, lines }, key());
    assert.deepEqual(closed, { closed: true, linesLeft: 0 });
    assert.deepEqual(await me.getCart(), { version: 0, lines: [] });
    const next = await me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    assert.notEqual(next.cartId, cartId);
  });

  it('ends when it was left alone: a guest’s after 30 days, others after 180', async () => {
    const [visitor, { me }] = [await guest(), someone()];
    const left = await visitor.me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    await me.addItem({ sku: 'LAMP', quantity: 1 }, key());
    lateMs += 31 * DAY_MS;
    assert.deepEqual(await visitor.me.getCart(), { version: 0, lines: [] });
    assert.deepEqual(linesOf(await me.getCart()), { LAMP: 1 });
    const next = await visitor.me.addItem({ sku: 'CHAIR', quantity: 1 }, key());
    assert.notEqual(next.cartId, left.cartId);
    assert.deepEqual(linesOf(next), { CHAIR: 1 });
    const { items } = await auditor.exportFacts({ limit: 500 });
    const ended = items.find((fact) => fact.kind === 'cart' && fact.cartId === left.cartId);
    assert.equal(ended?.kind === 'cart' && ended.state, 'expired');
  });

  it('forgets whose it was when its person is erased', async () => {
    const { id, me } = someone();
    await me.addItem({ sku: 'LAMP', quantity: 4 }, key());
    const exported = await internal.exportSubject({ subject: id });
    assert.deepEqual(
      exported.cart?.lines.map(({ sku, quantity }) => [sku, quantity]),
      [['LAMP', 4]],
    );
    assert.deepEqual(await internal.eraseSubject({ subject: id }), { erased: true });
    assert.deepEqual(await internal.eraseSubject({ subject: id }), { erased: false });
    assert.deepEqual(await me.getCart(), { version: 0, lines: [] });
    assert.deepEqual(await internal.exportSubject({ subject: id }), {});
  });

  it('gives auditors every cart, closure and merge once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await auditor.exportFacts({ limit: 4, ...(cursor ? { cursor } : {}) });
      seen.push(
        ...page.items.map((fact) =>
          JSON.stringify([fact.kind, 'orderId' in fact ? fact.orderId : fact.cartId]),
        ),
      );
      cursor = page.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    for (const kind of ['cart', 'closure', 'merge']) {
      assert.ok(
        seen.some((fact) => fact.includes(`"${kind}"`)),
        kind,
      );
    }
  });
});
