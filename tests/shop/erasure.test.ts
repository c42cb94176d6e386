import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { formatReport } from '../../systems/shop/check/report.ts';
import { runCheck } from '../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../systems/shop/check/store-source.ts';
import { Customers } from '../../systems/shop/contracts/customers.ts';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Notifications } from '../../systems/shop/contracts/notifications.ts';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { openMailbox } from '../../systems/shop/mail/mailbox.ts';
import {
  createSkippingHost,
  type SkippingHost,
} from '../../systems/shop/services/fixtures/skipping-host.ts';
import { refusalOf } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { startShop, type TestShop } from './kit/shop.ts';
import {
  createGuest,
  eventually,
  PASSWORD,
  prepareOrder,
  type Shopper,
  settleOrder,
  toShopper,
} from './kit/shopper.ts';

const MINUTE_MS = 60_000;
const SKU = 'LAMP-1';

/** Somebody whose every value is found nowhere else. */
function createPerson(): Person {
  const id = randomUUID();
  const name = `Zebulon ${id}`;
  const address = { name, line1: `Nowhere Lane ${id}`, postalCode: '04109', city: 'Leipzig' };
  return {
    email: `${id}@example.com`,
    name,
    familyName: id,
    address: { ...address, country: 'DE' as const },
  };
}

interface Person {
  readonly email: string;
  readonly name: string;
  readonly familyName: string;
  readonly address: {
    name: string;
    line1: string;
    postalCode: string;
    city: string;
    country: 'DE';
  };
}

describe('the erasure of a customer', () => {
  let shop: TestShop;
  let host: SkippingHost;
  let remember: string;

  before(async () => {
    host = createSkippingHost();
    shop = await startShop({ host });
    await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: 1000 });
    remember = join(mkdtempSync(join(tmpdir(), 'shop-people-')), 'people.json');
  });
  after(async () => {
    rmSync(join(remember, '..'), { recursive: true, force: true });
    await shop.stop();
  });

  /** A customer with a profile, an address, a cart and a verified address. */
  const enter = async (person: Person) => {
    const identity = await shop.calls(Identity, { via: 'REST' });
    const { email, familyName, address } = person;
    const { accountId } = await identity.register({ email, password: PASSWORD });
    const tokens = await identity.signIn({ email, password: PASSWORD });
    const who = await toShopper(shop, 'REST', tokens);
    const mine = await shop.calls(Customers, { via: 'REST', as: who.as });
    await eventually(
      () => mine.getProfile(),
      (profile) => profile.updatedAt === undefined,
    );
    await mine.updateProfile({ version: 0, givenName: 'Zebulon', familyName });
    await mine.addAddress({ preferred: true, address });
    await mine.setConsent({ purpose: 'newsletter', given: true });
    return { ...who, accountId, mine, person };
  };
  const order = async (who: Shopper, { name, email, address }: Person) => {
    const prepared = await prepareOrder(who, { psp: shop.psp, sku: SKU });
    const contact = { name, email };
    const key = randomUUID();
    const placing = { ...prepared, contact, shippingAddress: address };
    const { orderId } = await who.orders.placeOrder(placing, { key });
    await settleOrder(shop, who, orderId);
    return { orderId, again: () => who.orders.placeOrder(placing, { key }) };
  };
  const deliver = async (orderId: string) => {
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    const { shipmentId } = await staff.shipOrder({ orderId, carrier: 'post' });
    await staff.confirmDelivery({ orderId, shipmentId });
  };
  const erasuresOf = async (customerId: string) => {
    const staff = await shop.calls(Customers, { via: 'REST', as: shop.consumers.staff });
    const found = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 500, ...(cursor ? { cursor } : {}) });
      for (const fact of page.items) {
        if (fact.kind === 'erasure' && fact.customerId === customerId) found.push(fact);
      }
      cursor = page.next;
    } while (cursor);
    return found;
  };
  const stateOf = async (customerId: string) =>
    (await erasuresOf(customerId)).map(({ state }) => state).join();
  const messagesOf = async (orderId: string) => {
    const staff = await shop.calls(Notifications, { via: 'REST', as: shop.consumers.staff });
    return (await staff.listMessages({ orderId })).items;
  };
  /** Until the last access token of somebody has ended, and what waited for that is done. */
  const untilErased = async (customerId: string) => {
    await eventually(
      () => stepOf(customerId),
      (step) => step === 'close-account' || step === 'ended',
    );
    await host.skip(15 * MINUTE_MS);
    await eventually(
      () => stateOf(customerId),
      (state) => state === 'completed',
    );
  };
  const read = (service: string, sql: string, ...values: string[]) => {
    const file = join(shop.directory, 'data', service, 'store.db');
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    try {
      return database.prepare(sql).all(...values) as Record<string, unknown>[];
    } finally {
      database.close();
    }
  };
  /** The step that an erasure waits in; nothing while it is at work. */
  const stepOf = async (customerId: string) => {
    const sql = 'SELECT step, holder, state FROM portico_saga WHERE queue = ? ORDER BY seq DESC';
    const [saga] = read('customers', sql, customerId);
    if (saga?.state === 'done') return 'ended';
    return saga?.holder === '' ? String(saga.step) : undefined;
  };
  const check = () =>
    runCheck({
      source: createStoreSource(shop.directory, { remember }),
      answers: undefined,
      settleMs: 30_000,
    });
  const tracesOf = async () => {
    const { invariants } = await check();
    return invariants.find(({ id }) => id === 'I9');
  };

  it('waits for the last open order, and then leaves nothing of the person anywhere', async () => {
    const who = await enter(createPerson());
    const { orderId, again } = await order(who, who.person);
    await who.cart.addItem({ sku: SKU, quantity: 3 });
    await eventually(
      () => messagesOf(orderId),
      (found) => found.length === 1 && found[0]?.recipient === who.person.email,
    );
    assert.equal((await tracesOf())?.status, 'holds');
    const exported = await who.mine.exportMyData();
    assert.equal(exported.messages?.[0]?.template, 'orderConfirmed');

    const asked = await who.mine.requestErasure();
    assert.equal(asked.state, 'requested');
    await host.skip(5 * MINUTE_MS);
    await eventually(
      async () =>
        read('customers', 'SELECT attempts FROM portico_saga WHERE queue = ?', who.accountId),
      ([saga]) => Number(saga?.attempts) > 1,
    );
    assert.equal(await stateOf(who.accountId), 'requested', 'the order is open');
    assert.equal((await again()).contact?.email, who.person.email);

    await deliver(orderId);
    await host.skip(20 * MINUTE_MS);
    await untilErased(who.accountId);

    const report = await check();
    assert.equal(report.outcome, 'holds', formatReport(report));
    const figures = report.invariants.find(({ id }) => id === 'I9')?.figures;
    assert.equal(figures?.people, 1);
    assert.ok(Number(figures?.['places searched']) > 500);
    assert.ok(Number(figures?.['values remembered']) >= 3);
    const identity = await shop.calls(Identity, { via: 'REST' });
    const { email } = who.person;
    assert.equal(
      (await refusalOf(identity.signIn({ email, password: PASSWORD }))).code,
      'BadCredentials',
    );
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    assert.deepEqual((await staff.searchOrders({ email })).items, []);
    const { items } = await staff.getHistory({ orderId });
    assert.ok(items.length > 3, 'what happened to the order stays');
    const [message] = await messagesOf(orderId);
    assert.deepEqual([message?.state, message?.recipient], ['erased', undefined]);
    const mailbox = openMailbox(join(shop.directory, 'data'));
    assert.deepEqual(
      mailbox.read().filter((mail) => mail.recipient === email),
      [],
    );
    mailbox.close();
  });

  it('completes once, however many ask for it while an export is made', async () => {
    const who = await enter(createPerson());
    const { accountId: customerId } = who;
    const staff = await shop.calls(Customers, { via: 'REST', as: shop.consumers.staff });
    const [first, second, third, exported] = await Promise.all([
      who.mine.requestErasure(),
      staff.eraseCustomer({ customerId }),
      who.mine.requestErasure(),
      who.mine.exportMyData(),
    ]);
    assert.equal(exported.profile.customerId, customerId);
    assert.equal(new Set([first, second, third].map(({ erasureId }) => erasureId)).size, 1);
    await untilErased(customerId);
    assert.equal(await stateOf(customerId), 'completed');
    const told = `SELECT id FROM portico_outbox WHERE topic = 'customers.CustomerErased' AND key = ?`;
    assert.equal(read('customers', told, customerId).length, 1);
    assert.equal((await tracesOf())?.status, 'holds');
    const again = await staff.eraseCustomer({ customerId });
    assert.notEqual(again.erasureId, first.erasureId, 'what a backup brings back can be erased');
    await host.skip(MINUTE_MS);
    await eventually(
      () => stateOf(customerId),
      (states) => states === 'completed,completed',
    );
  });

  it('takes along what a token that is still alive has written after the account was closed', async () => {
    const who = await enter(createPerson());
    const { accountId, mine, person } = who;
    await mine.requestErasure();
    await eventually(
      () => stepOf(accountId),
      (step) => step === 'close-account',
    );
    await mine.addAddress({ preferred: false, label: 'Late', address: person.address });
    const { orderId } = await order(who, person);
    await host.skip(15 * MINUTE_MS);
    await eventually(
      () => stepOf(accountId),
      (step) => step === 'anonymize-orders',
    );
    assert.equal((await refusalOf(mine.getProfile())).reply.status, 401);
    await deliver(orderId);
    await host.skip(15 * MINUTE_MS);
    await untilErased(accountId);
    const traces = await tracesOf();
    assert.deepEqual(traces?.broken, []);
    assert.deepEqual(
      (await messagesOf(orderId)).map(({ recipient }) => recipient).filter(Boolean),
      [],
      'who asked to be erased is told nothing any more',
    );
  });

  it('goes back to what the person did as a guest before', async () => {
    const person = createPerson();
    const guest = await createGuest(shop, 'REST');
    const { orderId } = await order(guest, person);
    await eventually(
      () => messagesOf(orderId),
      ([message]) => message?.recipient === person.email,
    );
    const who = await enter(person);
    const mailbox = openMailbox(join(shop.directory, 'data'));
    const token = mailbox
      .read()
      .find((mail) => mail.recipient === person.email && mail.token)?.token;
    mailbox.close();
    const identity = await shop.calls(Identity, { via: 'REST' });
    await identity.verifyEmail({ token: token ?? '' });
    await eventually(
      () => who.orders.listOrders(),
      ({ items }) => items.length === 1,
    );
    await deliver(orderId);
    await check();
    await who.mine.requestErasure();
    await untilErased(who.accountId);
    const { broken } = (await tracesOf()) ?? {};
    assert.deepEqual(broken, [], 'the reply to the guest is blanked, too');
  });

  it('is proved by a checker that finds a leak in every kind of place', async () => {
    const who = await enter(createPerson());
    const { accountId, person } = who;
    const { orderId } = await order(who, person);
    await deliver(orderId);
    assert.equal((await tracesOf())?.status, 'holds');
    await who.mine.requestErasure();
    await untilErased(accountId);
    const search = () => createStoreSource(shop.directory, { remember }).findErased?.().found ?? [];
    assert.deepEqual(search(), []);
    for (const leak of LEAKS) {
      const undo = plant(shop.directory, leak, { accountId, orderId, person });
      const found = search();
      undo();
      const places = found.map(({ place }) => place);
      assert.ok(places.includes(leak.place), `${leak.place}: ${places.join(', ')}`);
      assert.doesNotMatch(JSON.stringify(found), new RegExp(person.familyName, 'i'));
    }
    assert.deepEqual(search(), []);
  });
});

interface Leaked {
  readonly accountId: string;
  readonly orderId: string;
  readonly person: Person;
}

interface Leak {
  /** Where the checker must say that it is. */
  readonly place: string;
  /** In which store, and how it gets there; in a file where there is none. */
  readonly store?: string;
  readonly sql?: (leaked: Leaked) => string;
  readonly undo?: (leaked: Leaked) => string;
}

/** One in each kind of place: rows that stay, rows that should be gone, replies, events, letters, logs. */
const LEAKS: readonly Leak[] = [
  {
    place: 'identity.account',
    store: 'identity',
    sql: ({ accountId }) =>
      `UPDATE account SET email = 'left@example.com' WHERE account_id = '${accountId}'`,
    undo: ({ accountId }) => `UPDATE account SET email = NULL WHERE account_id = '${accountId}'`,
  },
  {
    place: 'identity.session.subject',
    store: 'identity',
    sql: ({ accountId }) =>
      `INSERT INTO session VALUES ('ses_leak', '${accountId}', 'leak', '', NULL, NULL, 1, 1, 1, NULL)`,
    undo: () => `DELETE FROM session WHERE session_id = 'ses_leak'`,
  },
  {
    place: 'customers.customer',
    store: 'customers',
    sql: ({ accountId }) => `UPDATE customer SET phone = '123' WHERE customer_id = '${accountId}'`,
    undo: ({ accountId }) => `UPDATE customer SET phone = NULL WHERE customer_id = '${accountId}'`,
  },
  {
    place: 'customers.address.customer_id',
    store: 'customers',
    sql: ({ accountId }) =>
      `INSERT INTO address VALUES ('adr_leak', '${accountId}', NULL, 0, '{}', NULL, 1, NULL)`,
    undo: () => `DELETE FROM address WHERE address_id = 'adr_leak'`,
  },
  {
    place: 'cart.cart.subject',
    store: 'cart',
    sql: ({ accountId }) =>
      `INSERT INTO cart VALUES ('crt_leak', '${accountId}', 'open', 1, 'EUR', 1, 9e15)`,
    undo: () => `DELETE FROM cart WHERE cart_id = 'crt_leak'`,
  },
  {
    place: 'orders.contact',
    store: 'orders',
    sql: ({ orderId }) =>
      `INSERT INTO contact VALUES ('${orderId}', 'N', 'n@example.com', NULL, '{}')`,
    undo: ({ orderId }) => `DELETE FROM contact WHERE order_id = '${orderId}'`,
  },
  {
    place: 'orders.history.reason',
    store: 'orders',
    sql: ({ orderId, person }) =>
      `UPDATE history SET reason = 'Call ${person.name}!' WHERE order_id = '${orderId}' AND axis = 'state'`,
    undo: ({ orderId }) => `UPDATE history SET reason = NULL WHERE order_id = '${orderId}'`,
  },
  {
    place: 'notifications.mail.recipient',
    store: 'notifications',
    sql: ({ person }) =>
      `INSERT INTO mail (mail_id, account_id, recipient, template, state, created_at)
       VALUES ('eml_leak', 'gst_x', '${person.email.toUpperCase()}', 'orderShipped', 'kept', 1)`,
    undo: () => `DELETE FROM mail WHERE mail_id = 'eml_leak'`,
  },
  {
    place: 'orders.portico_outcome',
    store: 'orders',
    sql: ({ accountId }) =>
      `INSERT INTO portico_outcome VALUES ('caller:[null,"user:${accountId}"]', 'orders.placeOrder',
       'leak', '', '{"kind":"value","value":{}}', 'consumer', NULL, 1, 9e15)`,
    undo: () => `DELETE FROM portico_outcome WHERE key = 'leak'`,
  },
  {
    place: 'catalog.portico_outbox.envelope',
    store: 'catalog',
    sql: ({ person }) =>
      `INSERT INTO portico_outbox (id, topic, key, envelope, at)
       VALUES ('leak', 'catalog.Nothing', 'k', '{"data":{"by":"${person.email}"}}', 1)`,
    undo: () => `DELETE FROM portico_outbox WHERE id = 'leak'`,
  },
  {
    place: 'customers.portico_saga.data',
    store: 'customers',
    sql: ({ accountId, person }) =>
      `UPDATE portico_saga SET data = json_set(data, '$.name', '${person.name}')
       WHERE queue = '${accountId}'`,
    undo: ({ accountId }) =>
      `UPDATE portico_saga SET data = json_remove(data, '$.name') WHERE queue = '${accountId}'`,
  },
  { place: 'log/shop.log' },
];

/** Brings a leak about behind everybody's back, and says how to end it. */
function plant(directory: string, { store, sql, undo, place }: Leak, leaked: Leaked): () => void {
  if (!store || !sql || !undo) {
    const file = join(directory, place);
    mkdirSync(join(file, '..'), { recursive: true });
    appendFileSync(file, `{"msg":"mail to ${leaked.person.email}"}\n`);
    return () => rmSync(file);
  }
  const run = (statement: string) => {
    const file = join(directory, 'data', store, 'store.db');
    const database = new DatabaseSync(file, { timeout: 5_000 });
    database.exec(statement);
    database.close();
  };
  run(sql(leaked));
  return () => run(undo(leaked));
}
