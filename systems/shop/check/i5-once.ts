import type { Breach, Evidence, Invariant } from './invariant.ts';

/** What was asked for once, or twice by mistake, happened once. */
export const onceOnly: Invariant = {
  id: 'I5',
  title: 'one order per cart version (failed and cancelled aside); one effect and answer per key',
  check(evidence) {
    const { orders, closures } = evidence.facts;
    const standing = orders.filter(({ state }) => state !== 'failed' && state !== 'cancelled');
    const keys = toKeys(evidence);
    const figures = {
      carts: new Set(orders.map(({ cartId }) => cartId)).size,
      'cart versions ordered': new Set(standing.map(versionOf)).size,
      closures: closures.length,
      keys: keys.size,
      answers: evidence.answers?.length ?? 0,
    };
    const broken = [
      ...findDoubled(standing),
      ...checkClosures(evidence),
      ...checkKeys(keys),
      ...checkOrdersOfKeys(evidence),
    ];
    return { figures, broken };
  },
};

const versionOf = (order: { cartId: string; cartVersion: number }) =>
  `${order.cartId} version ${order.cartVersion}`;

function findDoubled(
  standing: readonly { orderId: string; cartId: string; cartVersion: number }[],
): Breach[] {
  return [...Map.groupBy(standing, versionOf)]
    .filter(([, orders]) => orders.length > 1)
    .map(([version, orders]) => ({
      id: orders.map(({ orderId }) => orderId).join(' '),
      problem: `${orders.length} orders of cart ${version}`,
    }));
}

/** What an order bought left the very cart that it was made of. */
function checkClosures({ facts }: Evidence): Breach[] {
  const closures = Map.groupBy(facts.closures, ({ orderId }) => orderId);
  return facts.orders.flatMap((order) => {
    const { orderId: id, state } = order;
    const found = closures.get(id) ?? [];
    const stands = state === 'confirmed' || state === 'completed';
    if (stands && found.length === 0) return [{ id, problem: 'its cart was not closed' }];
    return found
      .filter(({ cartId, version }) => cartId !== order.cartId || version !== order.cartVersion)
      .map(({ cartId, version }) => ({ id, problem: `closed cart ${cartId} version ${version}` }));
  });
}

/** Caller and key → the orders that its answers named. */
function toKeys({ answers = [] }: Evidence): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  for (const { caller, key, orderId } of answers) {
    const name = `${caller} ${key}`;
    keys.set(name, (keys.get(name) ?? new Set()).add(orderId));
  }
  return keys;
}

function checkKeys(keys: ReadonlyMap<string, ReadonlySet<string>>): Breach[] {
  return [...keys]
    .filter(([, orders]) => orders.size > 1)
    .map(([key, orders]) => ({
      id: [...orders].join(' '),
      problem: `${orders.size} orders under the key ${key}`,
    }));
}

function checkOrdersOfKeys({ answers = [] }: Evidence): Breach[] {
  return [...Map.groupBy(answers, ({ orderId }) => orderId)].flatMap(([id, group]) => {
    const keys = new Set(group.map(({ caller, key }) => `${caller} ${key}`));
    return keys.size > 1 ? [{ id, problem: `answered under ${keys.size} keys` }] : [];
  });
}
