import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { PayloadOf } from '@portico/contract';
import { type Client, type Service, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import { Identity } from '../../contracts/identity.ts';
import { Notifications } from '../../contracts/notifications.ts';
import { Orders } from '../../contracts/orders.ts';
import { type KeptMail, type Mailbox, openMailbox } from '../../mail/mailbox.ts';
import { createSkippingHost } from '../fixtures/skipping-host.ts';
import { createIdentity } from '../identity/service.ts';
import { startServices, type TestServices } from '../test-services.ts';
import { notifications } from './service.ts';

type Events = (typeof Orders)['events'];
type Contact = { readonly subject: string; readonly email: string };

const config = {
  identity: { scrypt: { costLog2: 10, blockSize: 1, parallelization: 1 } },
};
/** Slower than any delivery of an event. */
const PATIENCE_MS = 10_000;

describe('notifications', () => {
  const host = createSkippingHost();
  let services: TestServices;
  let staff: Client<typeof Notifications>;
  let internal: Client<typeof Notifications>;
  let mailbox: Mailbox;
  let contacts: Map<string, Contact>;
  /** What happens before orders say whom an order is of. */
  let beforeContact: () => Promise<void>;
  let told: readonly [name: string, payload: unknown][] = [];

  /** Orders that publish what a test says, and know whom it says. */
  function createOrders(): Service<typeof Orders> {
    const nothing = Object.keys(Orders.operations).map((name) => [name, () => ({ items: [] })]);
    return service(Orders)({
      store: sqlStore<Record<never, never>>({ migrations: [] }),
      operations: {
        ...(Object.fromEntries(nothing) as object as Record<
          keyof (typeof Orders)['operations'],
          never
        >),
        async eraseSubject(_input, { transaction }) {
          await transaction(async ({ publish }) => {
            for (const [name, payload] of told) {
              await publish(name as 'OrderDelivered', payload as { orderId: string });
            }
          });
          return { erased: true, open: 0 };
        },
        async getContact({ orderId }) {
          await beforeContact();
          const who = contacts.get(orderId);
          if (!who) return {};
          return { subject: who.subject, contact: { name: 'Ada Lindqvist', email: who.email } };
        },
      },
    });
  }

  before(async () => {
    const all = [createIdentity(), createOrders(), notifications];
    services = await startServices(all, { config, host });
    staff = services.as(Notifications, 'user:acc_staff', 'notifications:manage', 'shop:audit');
    internal = services.asService(Notifications);
    mailbox = openMailbox(services.directory);
  });
  after(async () => {
    mailbox.close();
    await services.stop();
  });
  beforeEach(() => {
    contacts = new Map();
    beforeContact = async () => {};
  });

  const newOrder = () => {
    const orderId = host.ids.prefixed('ord');
    const who = { subject: host.ids.prefixed('acc'), email: `${host.ids.uuid()}@example.com` };
    contacts.set(orderId, who);
    return { orderId, ...who };
  };
  async function publish<Name extends keyof Events & string>(
    name: Name,
    payload: PayloadOf<Events[Name]>,
  ): Promise<void> {
    told = [[name, payload]];
    await services.asService(Orders).eraseSubject({ subject: 'acc_publishes' });
  }
  const messagesOf = async (orderId: string) => (await staff.listMessages({ orderId })).items;
  const mailsTo = (email: string): KeptMail[] =>
    mailbox.read().filter((mail) => mail.recipient === email);
  async function eventually<T>(read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const value = await read();
      if (isDone(value)) return value;
      if (performance.now() > endsAt) throw new Error(`in vain: ${JSON.stringify(value)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const untilTold = (orderId: string, count = 1) =>
    eventually(
      () => messagesOf(orderId),
      (messages) => messages.length >= count,
    );

  it('tells the customer of every step of an order, each once', async () => {
    const { orderId, email } = newOrder();
    const total = { amount: 3480, currency: 'EUR' } as const;
    await publish('OrderConfirmed', { orderId, total });
    await publish('OrderShipped', { orderId, shipmentId: host.ids.prefixed('shp') });
    await publish('OrderDelivered', { orderId });
    await publish('OrderReturned', { orderId });
    await publish('OrderRefunded', { orderId, refunded: { amount: 990, currency: 'EUR' } });
    await publish('OrderCancelled', { orderId, total });
    await publish('OrderFailed', { orderId, reason: 'PaymentDeclined' });
    const messages = await untilTold(orderId, 7);
    assert.deepEqual(messages.map(({ template }) => template).reverse(), [
      'orderConfirmed',
      'orderShipped',
      'orderDelivered',
      'orderReturned',
      'orderRefunded',
      'orderCancelled',
      'orderFailed',
    ]);
    assert.ok(messages.every(({ state, recipient }) => state === 'sent' && recipient === email));
    const texts = mailsTo(email).map(({ text }) => text);
    assert.equal(texts.length, 7);
    assert.ok(texts.every((text) => text.includes(orderId) && text.startsWith('Hello Ada')));
    assert.ok(texts.some((text) => text.includes('34.80 EUR')));
    assert.ok(texts.some((text) => text.includes('9.90 EUR')));
    assert.ok(texts.some((text) => text.includes('declined')));
  });

  it('tells nobody twice when past events are handled again', async () => {
    const { orderId, email } = newOrder();
    await publish('OrderDelivered', { orderId });
    await untilTold(orderId);
    const replayed = { service: 'notifications', producer: 'orders', by: 'ada' };
    await services.runtime.events.replay({ ...replayed, from: { after: 0 } });
    const next = newOrder();
    await publish('OrderDelivered', { orderId: next.orderId });
    await untilTold(next.orderId);
    await eventually(
      () => services.runtime.events.status(),
      (lanes) =>
        lanes.every(({ producer, generation }) => producer !== 'orders' || generation === 2),
    );
    assert.equal((await messagesOf(orderId)).length, 1);
    assert.equal(mailsTo(email).length, 1);
  });

  it('tries again when orders can not say whom to write to', async () => {
    const { orderId, email } = newOrder();
    let failures = 0;
    beforeContact = async () => {
      failures += 1;
      if (failures <= 2) throw new Error('Not now.');
    };
    await publish('OrderDelivered', { orderId });
    for (const skipMs of [2_000, 8_000]) {
      await eventually(
        async () => failures,
        (count) => count >= (skipMs === 2_000 ? 1 : 2),
      );
      await host.skip(skipMs);
    }
    await eventually(
      async () => {
        await host.skip(1_000);
        return messagesOf(orderId);
      },
      (messages) => messages.length === 1,
    );
    assert.equal(mailsTo(email).length, 1);
  });

  it('sends nothing to an address that wants none, however it is written, until it does', async () => {
    const first = newOrder();
    const { email } = first;
    const { since } = await staff.setSuppression({ email: email.toUpperCase(), suppressed: true });
    const again = await staff.setSuppression({ email, suppressed: true });
    assert.equal(again.since, since);
    await publish('OrderDelivered', { orderId: first.orderId });
    const [suppressed] = await untilTold(first.orderId);
    assert.deepEqual([suppressed?.state, suppressed?.recipient], ['suppressed', undefined]);
    assert.deepEqual(mailsTo(email), []);
    assert.equal((await staff.listMessages({ state: 'suppressed' })).items.length, 1);
    await staff.setSuppression({ email, suppressed: false });
    const second = newOrder();
    contacts.set(second.orderId, { subject: first.subject, email });
    await publish('OrderDelivered', { orderId: second.orderId });
    await untilTold(second.orderId);
    assert.equal(mailsTo(email).length, 1);
  });

  it('purges what a person was told, and tells nothing of what was under way meanwhile', async () => {
    const { orderId, subject, email } = newOrder();
    await publish('OrderConfirmed', { orderId, total: { amount: 1, currency: 'EUR' } });
    await untilTold(orderId);
    const { messages } = await internal.exportSubject({ subject });
    assert.deepEqual(
      messages.map((message) => [message.recipient, message.title]),
      [[email, 'Your order is confirmed']],
    );
    beforeContact = async () => {
      beforeContact = async () => {};
      assert.deepEqual(await internal.eraseSubject({ subject }), { erased: true });
    };
    await publish('OrderDelivered', { orderId });
    const left = await untilTold(orderId, 2);
    assert.deepEqual(
      left.map(({ state, recipient }) => [state, recipient]),
      [
        ['erased', undefined],
        ['erased', undefined],
      ],
    );
    assert.deepEqual(mailsTo(email), []);
    assert.deepEqual(await internal.exportSubject({ subject }), { messages: [] });
    assert.deepEqual(await internal.eraseSubject({ subject }), { erased: false });
  });

  it('tells the owner of an account that the address is confirmed', async () => {
    const anyone = services.as(Identity, 'user:nobody');
    const email = `${host.ids.uuid()}@example.com`;
    await anyone.register({ email, password: 'correct horse battery' }, { key: email });
    const [verify] = mailsTo(email);
    await anyone.verifyEmail({ token: verify?.token ?? '' });
    await eventually(
      async () => mailsTo(email).map(({ template }) => template),
      (templates) => templates.includes('emailVerified'),
    );
  });

  it('gives auditors each message once, and nobody’s address', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 3, ...(cursor ? { cursor } : {}) });
      assert.doesNotMatch(JSON.stringify(page), /@/);
      seen.push(
        ...page.items.map((fact) => (fact.kind === 'message' ? fact.messageId : fact.kind)),
      );
      cursor = page.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.at(-1), 'suppressions');
    const listed = [];
    cursor = undefined;
    do {
      const page: Awaited<ReturnType<typeof staff.listMessages>> = await staff.listMessages({
        limit: 2,
        ...(cursor ? { cursor } : {}),
      });
      listed.push(...page.items.map(({ messageId }) => messageId));
      cursor = page.next;
    } while (cursor);
    assert.deepEqual(listed.toSorted(), seen.slice(0, -1));
  });
});
