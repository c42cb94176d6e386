import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '../money.ts';
import type { Answer } from './answers.ts';
import type { ShopFacts } from './facts.ts';
import { createSampleAnswers, createSampleShop } from './fixtures/sample-shop.ts';
import { judge } from './run-check.ts';

const eur = (amount: number) => money(amount, 'EUR');

/** Facts and answers of a shop in which one thing went wrong. */
interface Planted {
  readonly title: string;
  /** The invariants that must break, and the ids that they must name. */
  readonly finds: Readonly<Record<string, readonly string[]>>;
  facts?(facts: ShopFacts): Partial<ShopFacts>;
  answers?(answers: Answer[]): Answer[];
}

/** `items` with the one that `pick` accepts changed. */
function changing<Item>(
  items: readonly Item[],
  pick: (item: Item) => boolean,
  change: Partial<Item>,
): Item[] {
  assert.equal(items.filter(pick).length, 1, 'the planted bug changes one thing');
  return items.map((item) => (pick(item) ? { ...item, ...change } : item));
}

const ofOrder = (id: string) => (item: { orderId: string }) => item.orderId === id;
const ofPayment = (id: string) => (item: { paymentId: string }) => item.paymentId === id;

const PLANTED: readonly Planted[] = [
  {
    title: 'a piece is promised twice',
    finds: { I1: ['LAMP'] },
    facts: ({ stock }) => ({ stock: changing(stock, () => true, { reserved: 18 }) }),
  },
  {
    title: 'a release forgets to give its pieces back',
    finds: { I1: ['LAMP'] },
    facts: ({ stock }) => ({ stock: changing(stock, () => true, { reserved: 2 }) }),
  },
  {
    title: 'pieces leave the shelf without a movement',
    finds: { I1: ['LAMP'] },
    facts: ({ stock }) => ({ stock: changing(stock, () => true, { onHand: 15 }) }),
  },
  {
    title: 'an order is committed twice',
    finds: { I2: ['ord_bought'] },
    facts: ({ stock, movements }) => ({
      stock: changing(stock, () => true, { onHand: 15 }),
      movements: movements.flatMap((each) =>
        each.reference === 'ord_bought' ? [each, { ...each, movementId: 'mov_again' }] : [each],
      ),
    }),
  },
  {
    title: 'a cancelled order is not restocked',
    finds: { I2: ['ord_cancelled'] },
    facts: ({ stock, movements }) => ({
      stock: changing(stock, () => true, { onHand: 15 }),
      movements: movements.filter(
        ({ movement, reference }) => movement !== 'restock' || reference !== 'ord_cancelled',
      ),
    }),
  },
  {
    title: 'a return says that it was restocked, and was not',
    finds: { I2: ['ord_returned'] },
    facts: ({ stock, movements }) => ({
      stock: changing(stock, () => true, { onHand: 16 }),
      movements: movements.filter(({ reference }) => reference !== 'ret_1'),
    }),
  },
  {
    title: 'a refund is booked with us and never reached the provider',
    finds: { I3: ['pay_returned'] },
    facts: ({ provider }) => ({
      provider: provider.filter(({ reference }) => reference !== 'rfd_returned'),
    }),
  },
  {
    title: 'the provider captured a cent less',
    finds: { I3: ['pay_bought'] },
    facts: ({ provider }) => ({
      provider: changing(
        provider,
        ({ entry, reference }) => entry === 'captured' && reference === 'pay_bought',
        { amount: eur(1999) },
      ),
    }),
  },
  {
    title: 'the provider charged a payment that we never heard of',
    finds: { I3: ['pay_lost'] },
    facts: ({ provider }) => ({
      provider: [
        ...provider,
        { payment: 'psp_x', reference: 'pay_lost', entry: 'authorized', amount: eur(5) },
      ],
    }),
  },
  {
    title: 'more is refunded than was taken',
    finds: { I3: ['pay_returned'] },
    facts: ({ payments }) => ({
      payments: changing(payments, ofPayment('pay_returned'), { refunded: eur(2001) }),
    }),
  },
  {
    title: 'a confirmed order was never captured',
    finds: { I4: ['ord_bought'], I8: ['pay_bought'] },
    facts: (facts) => withoutEntries(facts, 'bought', ['captured', 'authorized']),
  },
  {
    title: 'an order is captured twice',
    finds: { I3: ['pay_bought'], I4: ['ord_bought'], I8: ['pay_bought'] },
    facts: ({ ledger, provider }) => ({
      ledger: doubled(ledger, (line) => line.paymentId === 'pay_bought'),
      provider: doubled(provider, (line) => line.reference === 'pay_bought'),
    }),
  },
  {
    title: 'a cancelled order keeps the money',
    finds: { I4: ['ord_cancelled'], I8: ['pay_cancelled'] },
    facts: (facts) => withoutEntries(facts, 'cancelled', ['refunded']),
  },
  {
    title: 'a cancelled order leaves its authorization standing',
    finds: { I4: ['ord_voided'] },
    facts: (facts) => withoutEntries(facts, 'voided', ['voided']),
  },
  {
    title: 'the provider holds money for a failed order, and we do not know',
    finds: { I3: ['pay_declined'], I4: ['ord_declined'] },
    facts: ({ provider }) => ({
      provider: changing(provider, ({ entry }) => entry === 'declined', { entry: 'authorized' }),
    }),
  },
  {
    title: 'a capture belongs to no order',
    finds: { I4: ['pay_bought'], I2: ['ord_bought'], I8: ['ord_bought'], I11: ['ord_bought'] },
    facts: ({ orders }) => ({ orders: orders.filter(({ orderId }) => orderId !== 'ord_bought') }),
  },
  {
    title: 'a cart version is ordered twice',
    finds: { I5: ['ord_bought ord_returned', 'ord_returned'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_returned'), { cartId: 'crt_bought' }),
    }),
  },
  {
    title: 'what was ordered stays in the cart',
    finds: { I5: ['ord_bought'] },
    facts: ({ closures }) => ({
      closures: closures.filter(({ orderId }) => orderId !== 'ord_bought'),
    }),
  },
  {
    title: 'a repeated key makes a second order',
    finds: { I5: ['ord_bought ord_returned'] },
    answers: (answers) =>
      answers.map((answer, index) =>
        index === 1 ? { ...answer, orderId: 'ord_returned' } : answer,
      ),
  },
  {
    title: 'another key gets an order that is not its own',
    finds: { I5: ['ord_bought'] },
    answers: (answers) =>
      answers.map((answer, index) => (index === 1 ? { ...answer, key: 'key-other' } : answer)),
  },
  {
    title: 'a total forgets the shipping',
    finds: { I6: ['ord_declined'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_declined'), {
        total: eur(1500),
        accepted: eur(1500),
      }),
    }),
    answers: (answers) => answers.filter(({ orderId }) => orderId !== 'ord_declined'),
  },
  {
    title: 'more is charged than the customer accepted',
    finds: { I6: ['ord_declined'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_declined'), { accepted: eur(1900) }),
    }),
  },
  {
    title: 'a line was repriced after the order',
    finds: { I6: ['ord_declined'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_declined'), {
        lines: [{ sku: 'LAMP', quantity: 2, total: eur(1600) }],
      }),
    }),
  },
  {
    title: 'an order was repriced as a whole after its client was answered',
    finds: { I6: ['ord_declined'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_declined'), {
        lines: [{ sku: 'LAMP', quantity: 2, total: eur(1600) }],
        subtotal: eur(1600),
        total: eur(2100),
        accepted: eur(2100),
      }),
    }),
  },
  {
    title: 'a saga is past its deadline',
    finds: { I7: ['ord_voided'] },
    facts: ({ sagas }) => ({
      sagas: changing(sagas, ofOrder('ord_voided'), {
        state: 'compensating',
        deadlineAt: '2026-11-22T11:59:00.000Z',
      }),
    }),
  },
  {
    title: 'a saga is stuck',
    finds: { I7: ['ord_bought'] },
    facts: ({ sagas }) => ({ sagas: changing(sagas, ofOrder('ord_bought'), { state: 'stuck' }) }),
  },
  {
    title: 'a failed order still holds stock',
    finds: { I7: ['ord_declined'] },
    facts: ({ reservations, stock }) => ({
      reservations: changing(reservations, ofOrder('ord_declined'), { state: 'pinned' }),
      stock: changing(stock, () => true, { reserved: 2 }),
    }),
  },
  {
    title: 'a pending order is forgotten by its saga',
    finds: { I7: ['ord_declined'], I8: ['ord_declined'], I11: ['ord_declined'] },
    facts: ({ orders }) => ({
      orders: changing(orders, ofOrder('ord_declined'), { state: 'pending' }),
    }),
  },
  {
    title: 'an event is published outside of its transaction, and lost',
    finds: { I8: ['ord_bought'] },
    facts: (facts) => withEvents(facts, 'orders.OrderConfirmed ord_bought', 0),
  },
  {
    title: 'an event is published twice',
    finds: { I8: ['pay_bought'] },
    facts: (facts) => withEvents(facts, 'payments.PaymentCaptured pay_bought', 2),
  },
  {
    title: 'an event tells what never happened',
    finds: { I8: ['ord_declined'] },
    facts: (facts) => withEvents(facts, 'orders.OrderPaid ord_declined', 1),
  },
  {
    title: 'a consumer stands beyond the log that it hears',
    finds: { I8: ['orders'] },
    facts: ({ events }) => {
      const cursors = [{ consumer: 'orders', producer: 'payments', pos: 12 }];
      return events ? { events: { ...events, cursors } } : {};
    },
  },
  {
    title: 'a name of an erased person stays in a letter that nobody delivered',
    finds: { I9: ['acc_erased'] },
    facts: () => ({
      traces: {
        ...{ people: 1, underWay: 0, places: 700, values: 3 },
        found: [
          { subject: 'acc_erased', place: 'orders.portico_dead_letter.error', what: 'a name' },
        ],
      },
    }),
  },
  {
    title: 'an acknowledged order is lost',
    finds: { I8: ['ord_declined'], I11: ['ord_declined'] },
    facts: ({ orders, payments, provider }) => ({
      orders: orders.filter(({ orderId }) => orderId !== 'ord_declined'),
      payments: payments.filter(({ orderId }) => orderId !== 'ord_declined'),
      provider: provider.filter(({ entry }) => entry !== 'declined'),
    }),
  },
  {
    title: 'an order that a client saw fail is bought after all',
    finds: { I11: ['ord_bought'] },
    answers: (answers) =>
      answers.map((answer, index) => {
        return index === 1 ? { ...answer, seen: ['pending', 'failed'] } : answer;
      }),
  },
];

describe('the invariants of the shop', () => {
  it('hold in a shop where every kind of order has ended', () => {
    const verdicts = judge(createSampleShop(), createSampleAnswers());
    assert.deepEqual(
      verdicts.flatMap(({ broken }) => broken),
      [],
    );
    const needing = verdicts.filter(({ status }) => status === 'needs').map(({ id }) => id);
    assert.deepEqual(needing, ['I10']);
  });

  for (const { title, finds, facts, answers } of PLANTED) {
    it(`are broken when ${title}`, () => {
      const shop = createSampleShop();
      const told = createSampleAnswers();
      const planted = { ...shop, ...facts?.(shop) };
      const verdicts = judge(planted, answers ? answers(told) : told);
      const found = Object.fromEntries(
        verdicts
          .filter(({ broken }) => broken.length > 0)
          .map(({ id, broken }) => [id, [...new Set(broken.map((breach) => breach.id))]]),
      );
      assert.deepEqual(found, finds, JSON.stringify(verdicts, null, 1));
    });
  }

  it('are each broken by a planted bug, but for those that need what is not there yet', () => {
    const found = new Set(PLANTED.flatMap(({ finds }) => Object.keys(finds)));
    const checked = judge(createSampleShop(), createSampleAnswers()).filter(
      ({ status }) => status !== 'needs',
    );
    assert.deepEqual(
      checked.map(({ id }) => id).filter((id) => !found.has(id)),
      [],
    );
  });

  it('say that answers are needed when no client wrote any down', () => {
    const verdict = judge(createSampleShop(), undefined).find(({ id }) => id === 'I11');
    assert.equal(verdict?.status, 'needs');
    assert.match(verdict?.needs ?? '', /npm run shop -- load/);
  });
});

/** With so many events of this topic and key. */
function withEvents({ events }: ShopFacts, name: string, count: number): Partial<ShopFacts> {
  assert.ok(events);
  const [topic = '', key = ''] = name.split(' ');
  const others = events.counts.filter((each) => `${each.topic} ${each.key}` !== name);
  return {
    events: { ...events, counts: count === 0 ? others : [...others, { topic, key, count }] },
  };
}

/** Without these entries of a payment on both sides, and with amounts that say so too. */
function withoutEntries(
  { ledger, provider, payments }: ShopFacts,
  name: string,
  entries: readonly string[],
): Partial<ShopFacts> {
  const captured = entries.includes('captured') ? { captured: eur(0) } : {};
  const refunded = entries.includes('refunded') ? { refunded: eur(0) } : {};
  return {
    ledger: ledger.filter(
      ({ paymentId, entry }) => paymentId !== `pay_${name}` || !entries.includes(entry),
    ),
    provider: provider.filter(
      ({ payment, entry }) => payment !== `psp_${name}` || !entries.includes(entry),
    ),
    payments: changing(payments, ofPayment(`pay_${name}`), { ...captured, ...refunded }),
  };
}

/** `lines` with the capture among those that `pick` accepts written twice. */
function doubled<Line extends { readonly entry: string }>(
  lines: readonly Line[],
  pick: (line: Line) => boolean,
): Line[] {
  return lines.flatMap((line) => (pick(line) && line.entry === 'captured' ? [line, line] : [line]));
}
