import type { EventFacts, OrderFact, ShopFacts } from './facts.ts';
import { HEARD } from './heard-events.ts';
import type { Breach, Invariant } from './invariant.ts';
import { countBy, tally } from './tally.ts';

/** Every change is told once, and reaches everybody who listens. */
export const eventsFitChanges: Invariant = {
  id: 'I8',
  title: 'one event per state change, one effect per event and consumer; dead letters named',
  check({ facts }) {
    const { events } = facts;
    if (!events) {
      const needs = 'the stores: through the API nobody sees event logs and positions yet';
      return { figures: {}, broken: [], needs };
    }
    const figures = {
      events: events.logs.reduce((sum, log) => sum + log.events, 0),
      consumers: events.cursors.length,
      'topics not heard to the end': findBehind(events).length,
      parked: events.parked.length,
      'dead letters': countBy(
        events.deadLetters,
        ({ consumer, topic, key }) => `${consumer} ${topic} ${key}`,
      ),
    };
    return { figures, broken: [...checkCounts(facts, events), ...findAhead(events)] };
  },
};

/** Consumers for which there is something to hear, and the topic of it. */
export function findBehind({ logs, cursors }: EventFacts) {
  const newest = new Map(logs.flatMap((log) => Object.entries(log.newest)));
  return cursors.flatMap(({ consumer, producer, pos }) =>
    (HEARD[consumer] ?? [])
      .filter((topic) => topic.startsWith(`${producer}.`) && (newest.get(topic) ?? 0) > pos)
      .map((topic) => ({ consumer, topic })),
  );
}

/** A position beyond the log: what comes up to it would be passed over. */
function findAhead({ logs, cursors }: EventFacts): Breach[] {
  const heads = new Map(logs.map(({ service, head }) => [service, head]));
  return cursors.flatMap(({ consumer: id, producer, pos }) => {
    const beyond = pos - (heads.get(producer) ?? 0);
    if (beyond <= 0) return [];
    return [{ id, problem: `stands ${beyond} events beyond the log of ${producer}` }];
  });
}

/** Topic and key → how many events there must be. */
function expectEvents({ orders, ledger }: ShopFacts): Map<string, number> {
  const ofOrders = orders.flatMap((order) =>
    topicsOf(order).map((topic) => `orders.${topic} ${order.orderId}`),
  );
  const ofPayments = ledger.flatMap(({ entry, paymentId }) => {
    if (entry === 'captured') return [`payments.PaymentCaptured ${paymentId}`];
    return entry === 'refunded' ? [`payments.PaymentRefunded ${paymentId}`] : [];
  });
  return tally([...ofOrders, ...ofPayments], (name) => name);
}

function topicsOf({ state, payment, fulfilment, total }: OrderFact): string[] {
  const paid = ['paid', 'partlyRefunded', 'refunded'].includes(payment);
  const stands = state === 'confirmed' || state === 'completed';
  // A cancelled order was confirmed before if money was taken for it.
  const confirmed = stands || (state === 'cancelled' && paid && total.amount > 0);
  return [
    'OrderPlaced',
    ...(confirmed ? ['OrderConfirmed'] : []),
    ...(paid ? ['OrderPaid'] : []),
    ...(state === 'failed' ? ['OrderFailed'] : []),
    ...(state === 'cancelled' ? ['OrderCancelled'] : []),
    ...(state === 'completed' && fulfilment !== 'open' ? ['OrderCompleted'] : []),
  ];
}

function checkCounts(facts: ShopFacts, { counts, logs }: EventFacts): Breach[] {
  const expected = expectEvents(facts);
  const found = new Map(counts.map(({ topic, key, count }) => [`${topic} ${key}`, count]));
  const trimmed = new Set(logs.filter((log) => log.trimmed).map(({ service }) => service));
  const cancelled = new Set(
    facts.orders.filter(({ state }) => state === 'cancelled').map(({ orderId }) => orderId),
  );
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((name) => {
    const [topic = '', id = ''] = name.split(' ');
    const wanted = expected.get(name) ?? 0;
    const count = found.get(name) ?? 0;
    if (count === wanted) return [];
    // Old events are taken off the log once everybody has heard them.
    if (count < wanted && trimmed.has(topic.split('.')[0] ?? '')) return [];
    // Confirmed and cancelled before the money was taken: the state alone does not tell.
    if (topic === 'orders.OrderConfirmed' && count === 1 && cancelled.has(id)) return [];
    return [{ id, problem: `${count} events ${topic}, ${wanted} changes` }];
  });
}
