import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Cart } from '../../../systems/shop/contracts/cart.ts';
import { Customers } from '../../../systems/shop/contracts/customers.ts';
import { Identity } from '../../../systems/shop/contracts/identity.ts';
import { Notifications } from '../../../systems/shop/contracts/notifications.ts';
import { openMailbox } from '../../../systems/shop/mail/mailbox.ts';
import type { TestShop } from './shop.ts';
import {
  ADDRESS,
  createCustomer,
  createGuest,
  eventually,
  PASSWORD,
  toShopper,
} from './shopper.ts';
import type { Via } from './transport.ts';

/** Every operation of identity, as its callers meet them: register, verify, sign in, change, sign out. */
export async function walkIdentity(shop: TestShop, via: Via): Promise<void> {
  const anybody = await shop.calls(Identity, { via });
  const staff = await shop.calls(Identity, { via, as: shop.consumers.staff });
  const email = `${randomUUID()}@example.com`;
  const { accountId } = await anybody.register({ email, password: PASSWORD });
  const mailbox = openMailbox(join(shop.directory, 'data'));
  const tokenFor = (template: string) =>
    mailbox.read().find((mail) => mail.accountId === accountId && mail.template === template)
      ?.token ?? '';
  try {
    const verified = await anybody.verifyEmail({ token: tokenFor('verify') });
    assert.equal(verified.accountId, accountId);
    const first = await anybody.signIn({ email, password: PASSWORD });
    const tokens = await anybody.refresh({ refreshToken: first.refreshToken });
    assert.ok((await anybody.getKeys()).keys.length > 0);
    const as = { authorization: `Bearer ${tokens.accessToken}` };
    const mine = await shop.calls(Identity, { via, as });
    assert.equal((await mine.listSessions()).items.length, 1);
    const newPassword = `${PASSWORD} staple`;
    await mine.changePassword({ currentPassword: PASSWORD, newPassword });
    await mine.changeEmail({ email: `new-${email}`, password: newPassword });
    await anybody.requestPasswordReset({ email });
    await anybody.resetPassword({ token: tokenFor('reset'), newPassword: PASSWORD });
    const last = await anybody.signIn({ email, password: PASSWORD });
    const back = { authorization: `Bearer ${last.accessToken}` };
    await (await shop.calls(Identity, { via, as: back })).signOut();
    assert.deepEqual((await staff.setRoles({ accountId, roles: ['customer'] })).roles, [
      'customer',
    ]);
    assert.equal((await staff.lockAccount({ accountId, locked: true })).locked, true);
    assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
  } finally {
    mailbox.close();
  }
}

/** Every operation of customers. */
export async function walkCustomers(shop: TestShop, via: Via): Promise<void> {
  const who = await createCustomer(shop, via);
  const mine = await shop.calls(Customers, { via, as: who.as });
  const { version, customerId } = await mine.getProfile();
  const familyName = `Lindqvist ${randomUUID()}`;
  const profile = await mine.updateProfile({ version, givenName: 'Ada', familyName });
  assert.equal(profile.familyName, familyName);
  const saved = { preferred: true, address: ADDRESS };
  const { addressId } = await mine.addAddress(saved);
  await mine.updateAddress({ addressId, ...saved, label: 'Home' });
  assert.equal((await mine.listAddresses()).items[0]?.label, 'Home');
  await mine.removeAddress({ addressId });
  await mine.setConsent({ purpose: 'newsletter', given: true });
  assert.equal((await mine.exportMyData()).profile.customerId, customerId);
  const staff = await shop.calls(Customers, { via, as: shop.consumers.staff });
  const found = await staff.findCustomers({ name: familyName });
  assert.deepEqual(
    found.items.map((item) => item.customerId),
    [customerId],
  );
  const request = await mine.requestErasure();
  assert.equal((await staff.eraseCustomer({ customerId })).erasureId, request.erasureId);
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
}

/** Every operation of notifications. */
export async function walkNotifications(shop: TestShop, via: Via): Promise<void> {
  const staff = await shop.calls(Notifications, { via, as: shop.consumers.staff });
  const email = `${randomUUID()}@example.com`;
  assert.equal((await staff.setSuppression({ email, suppressed: true })).suppressed, true);
  assert.deepEqual(await staff.setSuppression({ email, suppressed: false }), { suppressed: false });
  const { items } = await eventually(
    () => staff.listMessages({ template: 'orderDelivered' }),
    (page) => page.items.length > 0,
  );
  assert.deepEqual([items[0]?.channel, items[0]?.state], ['email', 'sent']);
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
}

/** Every operation of the cart. */
export async function walkCart(shop: TestShop, via: Via, sku: string): Promise<void> {
  const guest = await createGuest(shop, via);
  await guest.cart.addItem({ sku, quantity: 2 });
  const who = await createCustomer(shop, via);
  const merged = await who.cart.mergeGuestCart({ guestToken: guest.accessToken });
  assert.equal(merged.lines[0]?.quantity, 2);
  assert.equal((await who.cart.setQuantity({ sku, quantity: 3 })).lines[0]?.quantity, 3);
  assert.deepEqual((await who.cart.removeItem({ sku })).lines, []);
  const same = await toShopper(shop, via, who);
  assert.deepEqual((await same.cart.clearCart()).lines, []);
  assert.deepEqual((await who.cart.getCart()).lines, []);
  const audit = await shop.calls(Cart, { via, as: shop.consumers.staff });
  assert.ok((await audit.exportFacts({ limit: 1 })).items.length > 0);
}
