import type { OrderFact, PaymentFact, ShopFacts } from './facts.ts';
import type { Breach, Invariant } from './invariant.ts';
import { countBy } from './tally.ts';

/** Money is taken for orders that stand, once, and for no others. */
export const capturesFitOrders: Invariant = {
  id: 'I4',
  title:
    'a capture has one order; what is confirmed is captured once, in full; cancelled is returned; failed holds nothing',
  check({ facts }) {
    const money = toMoney(facts);
    const orders = new Map(facts.orders.map((order) => [order.orderId, order]));
    const broken = [
      ...facts.orders.flatMap((order) => checkOrder(order, money)),
      ...facts.payments.flatMap((payment) => checkPayment(payment, { orders, money })),
    ];
    const figures = {
      captures: facts.ledger.filter(({ entry }) => entry === 'captured').length,
      orders: countBy(facts.orders, ({ state }) => state),
    };
    return { figures, broken };
  },
};

/** What the ledger says of one payment. */
interface Booked {
  readonly captures: readonly number[];
  readonly refunded: number;
  /** Set aside and neither taken nor let go. */
  readonly held: boolean;
}

interface PaymentMoney extends Booked {
  readonly payment: PaymentFact;
}

function toMoney({ payments, ledger, provider }: ShopFacts): Map<string, PaymentMoney> {
  const ours = Map.groupBy(ledger, ({ paymentId }) => paymentId);
  const theirs = Map.groupBy(provider, ({ reference }) => reference);
  return new Map(
    payments.map((payment) => {
      const { paymentId } = payment;
      const entries = ours.get(paymentId) ?? [];
      const amounts = (kind: string) =>
        entries.filter(({ entry }) => entry === kind).map(({ amount }) => amount.amount);
      // The provider's word counts too: what it still holds is held, whatever we believe.
      const held = [entries, theirs.get(paymentId) ?? []].some((side) => {
        const kinds = new Set(side.map(({ entry }) => entry));
        return kinds.has('authorized') && !kinds.has('captured') && !kinds.has('voided');
      });
      const refunded = amounts('refunded').reduce((sum, amount) => sum + amount, 0);
      return [paymentId, { payment, captures: amounts('captured'), refunded, held }];
    }),
  );
}

function checkOrder(order: OrderFact, money: ReadonlyMap<string, PaymentMoney>): Breach[] {
  const { orderId: id, state, total, paymentId } = order;
  const { captures, refunded, held } = (paymentId && money.get(paymentId)) || NOTHING;
  const taken = captures.reduce((sum, amount) => sum + amount, 0);
  const breaches: Breach[] = [];
  const add = (problem: string) => breaches.push({ id, problem });
  if ((state === 'confirmed' || state === 'completed') && total.amount > 0) {
    if (captures.length !== 1) add(`${state} with ${captures.length} captures`);
    else if (taken !== total.amount) add(`${state} for ${total.amount}, captured ${taken}`);
  }
  if (state === 'cancelled' && taken !== refunded) {
    add(`cancelled, but ${taken - refunded} of ${taken} was kept`);
  }
  if (state === 'failed' && taken > 0) add(`failed, but ${taken} was captured`);
  if (held && state !== 'pending') add(`${state}, but an authorization is still held`);
  return breaches;
}

const NOTHING: Booked = { captures: [], refunded: 0, held: false };

function checkPayment(
  payment: PaymentFact,
  known: {
    readonly orders: ReadonlyMap<string, OrderFact>;
    readonly money: ReadonlyMap<string, PaymentMoney>;
  },
): Breach[] {
  const { paymentId: id, orderId } = payment;
  const order = known.orders.get(orderId);
  if (order?.paymentId === id) return [];
  const booked = known.money.get(id) ?? NOTHING;
  if (booked.captures.length === 0 && !booked.held) return [];
  const what = booked.held ? 'held' : 'captured';
  return [
    { id, problem: `${what} for ${orderId}, which ${order ? 'has another' : 'is no order'}` },
  ];
}
