import { formatMoney, isSame, type Money } from '../money.ts';
import type { OrderFact } from './facts.ts';
import type { Breach, Evidence, Invariant } from './invariant.ts';
import { sumsOf } from './tally.ts';

/** What the customer agreed to is what the order says, for ever. */
export const totalsAddUp: Invariant = {
  id: 'I6',
  title: 'total = lines − discount + shipping = what the customer accepted; unmoved since',
  check(evidence) {
    const { orders } = evidence.facts;
    const figures = {
      orders: orders.length,
      lines: orders.reduce((sum, { lines }) => sum + lines.length, 0),
      totals: sumsOf(orders.map(({ total }) => total)),
      accepted: sumsOf(orders.map(({ accepted }) => accepted)),
    };
    return { figures, broken: [...orders.flatMap(checkOrder), ...checkAnswered(evidence)] };
  },
};

function checkOrder(order: OrderFact): Breach[] {
  const { orderId: id, lines, subtotal, discount, shipping, total, tax, accepted } = order;
  const breaches: Breach[] = [];
  const add = (problem: string) => breaches.push({ id, problem });
  const parts: Money[] = [subtotal, discount, shipping, total, tax, accepted];
  const currencies = new Set([...parts, ...lines.map((line) => line.total)].map(currencyOf));
  if (currencies.size > 1) add(`mixes ${[...currencies].join(' and ')}`);
  const sum = lines.reduce((left, line) => left + line.total.amount, 0);
  if (sum !== subtotal.amount) add(`lines of ${sum} in a subtotal of ${subtotal.amount}`);
  const due = subtotal.amount - discount.amount + shipping.amount;
  if (due !== total.amount) add(`a total of ${total.amount} where the parts make ${due}`);
  if (total.amount !== accepted.amount) {
    add(`a total of ${total.amount} where ${accepted.amount} was accepted`);
  }
  if (tax.amount < 0 || tax.amount > total.amount) add(`tax of ${tax.amount} in ${total.amount}`);
  return breaches;
}

const currencyOf = ({ currency }: Money) => currency;

/** The totals that clients wrote down when they were answered are outside of the shop's reach. */
function checkAnswered({ facts, answers = [] }: Evidence): Breach[] {
  const totals = new Map(facts.orders.map(({ orderId, total }) => [orderId, total]));
  return answers.flatMap(({ orderId: id, total }) => {
    const now = totals.get(id);
    if (!now || isSame(now, total)) return [];
    return [{ id, problem: `answered with ${formatMoney(total)}, now ${formatMoney(now)}` }];
  });
}
