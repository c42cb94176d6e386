import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { Refusal, refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createGuest,
  eventually,
  openSagas,
  type PlaceOrder,
  prepareOrder,
  type Shopper,
  waitForOrder,
} from './kit/shopper.ts';
import { FULL_SIZE } from './kit/size.ts';
import type { Via } from './kit/transport.ts';

/** With a hundred buyers, still fewer connections than one address may have. */
const ADJUSTMENTS = 20;
const PAIR_PIECES = 1000;

interface Buyer {
  readonly who: Shopper;
  readonly order: PlaceOrder;
}

/** What became of a buyer: an order that was sold, or the clear word that there is nothing left. */
type Ending =
  | { readonly kind: 'sold'; readonly paymentId: string; readonly pieces: number }
  | { readonly kind: 'refused' | 'failed'; readonly via: Via };

describe('checkouts that race for the same pieces', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(
      shop,
      { sku: 'LAST-1', prices: { EUR: 1990 }, pieces: 1 },
      { sku: 'TEN-1', prices: { EUR: 1990 }, pieces: 10 },
      { sku: 'PAIR-X', prices: { EUR: 1990 }, pieces: PAIR_PIECES },
      { sku: 'PAIR-Y', prices: { EUR: 1990 }, pieces: PAIR_PIECES },
    );
  });
  after(() => shop.stop());

  /** So many guests with a cart, a quote and a card; every other one comes by SOAP. */
  const createBuyers = (
    count: number,
    skus: (index: number) => readonly (readonly [string, number])[],
  ) =>
    Promise.all(
      Array.from({ length: count }, async (_each, index): Promise<Buyer> => {
        const who = await createGuest(shop, VIAS[index % VIAS.length] ?? 'REST');
        const [last, ...others] = [...skus(index)].reverse();
        for (const [sku, quantity] of others.reverse()) await who.cart.addItem({ sku, quantity });
        const [sku = '', quantity = 1] = last ?? [];
        return { who, order: await prepareOrder(who, { psp: shop.psp, sku, quantity }) };
      }),
    );

  const buy = async ({ who, order }: Buyer): Promise<Ending> => {
    try {
      const placed = await who.orders.placeOrder(order);
      const seen = await waitForOrder(who, placed.orderId);
      if (seen.state === 'confirmed') {
        const pieces = seen.lines.reduce((sum, line) => sum + line.quantity, 0);
        return { kind: 'sold', paymentId: seen.paymentId ?? '', pieces };
      }
      assert.equal(seen.state, 'failed');
      assert.equal(seen.failureReason, 'OutOfStock');
      assert.equal(seen.payment, 'none');
      return { kind: 'failed', via: who.via };
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      assert.equal(problem.code, 'OutOfStock', problem.message);
      const { lines } = problem.data as { lines: { asked: number; available: number }[] };
      assert.ok(lines.every((line) => line.available < line.asked));
      return { kind: 'refused', via: who.via };
    }
  };

  /** Nothing is held or pinned for anybody, whatever became of the orders. */
  const assertNothingHeld = async (sku: string) => {
    const as = shop.consumers.staff;
    const inventory = await shop.calls(Inventory, { via: 'REST', as });
    let cursor: string | undefined;
    do {
      const page = await inventory.exportFacts({ limit: 500, ...(cursor ? { cursor } : {}) });
      for (const fact of page.items) {
        const open = fact.kind === 'reservation' && /held|pinned/.test(fact.state);
        assert.ok(!(open && fact.lines.some((line) => line.sku === sku)), JSON.stringify(fact));
      }
      cursor = page.next;
    } while (cursor);
  };

  /** Every authorization of the provider belongs to a sold order, and was captured in full. */
  const assertChargedOnlyFor = async (sold: readonly string[], from: number) => {
    const lines = (await shop.psp.ledger()).slice(from);
    const kinds = new Map<string, string[]>();
    for (const { payment, kind } of lines) {
      kinds.set(payment, [...(kinds.get(payment) ?? []), kind]);
    }
    assert.equal(kinds.size, sold.length);
    for (const each of kinds.values()) assert.deepEqual(each, ['authorized', 'captured']);
    for (const paymentId of sold) {
      assert.equal((await shop.psp.ledgerOf(paymentId)).length, 2);
    }
  };

  const settled = () =>
    eventually(
      () => openSagas(shop),
      (open) => open.size === 0,
    );

  it('sells the last piece to one of a hundred, and tells ninety-nine that it is gone', async () => {
    const buyers = await createBuyers(100, () => [['LAST-1', 1]]);
    const endings = await Promise.all(buyers.map(buy));
    await settled();
    const sold = endings.flatMap((ending) => (ending.kind === 'sold' ? ending.paymentId : []));
    assert.equal(sold.length, 1);
    assert.equal(endings.length - sold.length, 99);
    assert.deepEqual(await stockOf(shop, 'LAST-1'), { onHand: 0, reserved: 0 });
    await assertNothingHeld('LAST-1');
    await assertChargedOnlyFor(sold, 0);
  });

  it('sells ten pieces to buyers of one to three, and never an eleventh', async () => {
    const from = (await shop.psp.ledger()).length;
    const buyers = await createBuyers(20, (index) => [['TEN-1', 1 + (index % 3)]]);
    const endings = await Promise.all(buyers.map(buy));
    await settled();
    const sold = endings.flatMap((ending) => (ending.kind === 'sold' ? ending : []));
    const pieces = sold.reduce((sum, ending) => sum + ending.pieces, 0);
    // One may be left, when all who wanted just one have theirs.
    assert.ok(pieces >= 9 && pieces <= 10, `${pieces} pieces sold`);
    assert.deepEqual(await stockOf(shop, 'TEN-1'), { onHand: 10 - pieces, reserved: 0 });
    await assertNothingHeld('TEN-1');
    await assertChargedOnlyFor(
      sold.map((ending) => ending.paymentId),
      from,
    );
  });

  it('ends all orders of the same two SKUs in opposite orders, and takes no promised piece off', async () => {
    const x = ['PAIR-X', 1] as const;
    const y = ['PAIR-Y', 1] as const;
    const count = FULL_SIZE ? 100 : 20;
    const buyers = await createBuyers(count, (index) => (index % 2 === 0 ? [x, y] : [y, x]));
    // One piece stays promised, whoever else has got theirs.
    const who = await createGuest(shop, 'REST');
    const waits = await prepareOrder(who, { psp: shop.psp, sku: 'PAIR-X', card: 'challenge' });
    const { orderId } = await who.orders.placeOrder(waits);
    const asked = await waitForOrder(who, orderId);
    const as = shop.consumers.staff;
    const staff = await shop.calls(Inventory, { via: 'REST', as });
    const lost = { sku: 'PAIR-X', difference: -PAIR_PIECES, reason: 'loss' } as const;
    const [endings, refusals] = await Promise.all([
      Promise.all(buyers.map(buy)),
      Promise.all(Array.from({ length: ADJUSTMENTS }, () => refusalOf(staff.adjust(lost)))),
    ]);
    assert.ok(endings.every((ending) => ending.kind === 'sold'));
    for (const { code } of refusals) assert.equal(code, 'BelowReserved');
    await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
    await settled();
    const left = PAIR_PIECES - count;
    assert.deepEqual(await stockOf(shop, 'PAIR-X'), { onHand: left - 1, reserved: 0 });
    assert.deepEqual(await stockOf(shop, 'PAIR-Y'), { onHand: left, reserved: 0 });
  });

  it('leaves every invariant as it was', () => assertHolds(shop));

  it('leaves no error in the log', () => {
    assert.deepEqual(
      shop.lines.filter((line) => line.level === 'error'),
      [],
    );
  });
});
