import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Refusal, refusalOf } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { createCustomer, createGuest, type Shopper, toShopper } from './kit/shopper.ts';

describe("taking over a guest's cart", () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(
      shop,
      { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 1000 },
      { sku: 'LAMP-2', prices: { EUR: 990 }, pieces: 1000 },
    );
  });
  after(() => shop.stop());

  const linesOf = async ({ cart }: Shopper) =>
    (await cart.getCart()).lines.map((line) => [line.sku, line.quantity]).sort();

  for (const via of VIAS) {
    it(`adds up to the limit of a line over ${via}`, async () => {
      const guest = await createGuest(shop, via);
      await guest.cart.addItem({ sku: 'LAMP-1', quantity: 60 });
      await guest.cart.addItem({ sku: 'LAMP-2', quantity: 1 });
      const who = await createCustomer(shop, via);
      await who.cart.addItem({ sku: 'LAMP-1', quantity: 50 });
      await who.cart.mergeGuestCart({ guestToken: guest.refreshToken });
      assert.deepEqual(await linesOf(who), [
        ['LAMP-1', 99],
        ['LAMP-2', 1],
      ]);
      assert.deepEqual(await linesOf(guest), []);
    });

    it(`happens once, however many ask at the same time, over ${via}`, async () => {
      const guest = await createGuest(shop, via);
      await guest.cart.addItem({ sku: 'LAMP-1', quantity: 2 });
      const who = await createCustomer(shop, via);
      const other = await createCustomer(shop, via);
      const codes = await Promise.all(
        [who, other, who, other].map((each) =>
          each.cart.mergeGuestCart({ guestToken: guest.accessToken }).then(
            () => 'merged',
            (problem: unknown) => {
              if (!(problem instanceof Refusal)) throw problem;
              return problem.code;
            },
          ),
        ),
      );
      assert.deepEqual(codes.sort(), ['GuestInvalid', 'GuestInvalid', 'GuestInvalid', 'merged']);
      const lines = [...(await linesOf(who)), ...(await linesOf(other))];
      assert.deepEqual(lines, [['LAMP-1', 2]]);
    });

    it(`takes no token of a customer, none made up and none used before over ${via}`, async () => {
      const victim = await createCustomer(shop, via);
      await victim.cart.addItem({ sku: 'LAMP-1', quantity: 1 });
      const who = await createCustomer(shop, via);
      const used = await createGuest(shop, via);
      await who.cart.mergeGuestCart({ guestToken: used.accessToken });
      const tokens = [
        victim.accessToken,
        victim.refreshToken,
        who.accessToken,
        used.accessToken,
        used.refreshToken,
        'made-up',
        `${used.accessToken.slice(0, -4)}AAAA`,
      ];
      for (const guestToken of tokens) {
        const refusal = await refusalOf(who.cart.mergeGuestCart({ guestToken }));
        assert.equal(refusal.code, 'GuestInvalid');
      }
      assert.deepEqual(await linesOf(who), []);
      assert.deepEqual(await linesOf(victim), [['LAMP-1', 1]]);
    });

    it(`still works with the refreshed session of the guest over ${via}`, async () => {
      const guest = await createGuest(shop, via);
      await guest.cart.addItem({ sku: 'LAMP-2', quantity: 3 });
      const identity = await shop.calls(Identity, { via });
      const tokens = await identity.refresh({ refreshToken: guest.refreshToken });
      const later = await toShopper(shop, via, tokens);
      assert.deepEqual(await linesOf(later), [['LAMP-2', 3]]);
      const who = await createCustomer(shop, via);
      await who.cart.mergeGuestCart({ guestToken: tokens.refreshToken });
      assert.deepEqual(await linesOf(who), [['LAMP-2', 3]]);
    });
  }

  it('leaves every invariant as it was', () => assertHolds(shop));
});
