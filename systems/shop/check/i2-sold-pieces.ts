import type { Breach, Invariant } from './invariant.ts';
import { type Tally, tally, totalOf } from './tally.ts';

/** What left the stock is what was ordered, order by order and SKU by SKU. */
export const soldPieces: Invariant = {
  id: 'I2',
  title:
    'committed − restocked = pieces of confirmed and completed orders − what came back into stock',
  check({ facts }) {
    const orderOf = new Map(facts.returns.map(({ returnId, orderId }) => [returnId, orderId]));
    const pieces = facts.movements
      .filter(({ movement }) => movement === 'commit' || movement === 'restock')
      .map(({ movement, sku, quantity, reference }) => {
        const orderId = orderOf.get(reference) ?? reference;
        return { movement, orderId, sku, quantity: -quantity };
      });
    const left = tally(pieces, keyOf, quantityOf);
    const sold = facts.orders
      .filter(({ state }) => state === 'confirmed' || state === 'completed')
      .flatMap(({ orderId, lines }) => lines.map((line) => ({ ...line, orderId })));
    const returned = facts.returns
      .filter(({ restocked }) => restocked)
      .flatMap(({ orderId, lines }) =>
        lines.map(({ sku, quantity }) => ({ sku, orderId, quantity: -quantity })),
      );
    const ordered = tally([...sold, ...returned], keyOf, quantityOf);
    const byMovement = tally(pieces, ({ movement }) => movement, quantityOf);
    const figures = {
      committed: byMovement.get('commit') ?? 0,
      restocked: Math.abs(byMovement.get('restock') ?? 0),
      'in orders': totalOf(tally(sold, () => '', quantityOf)),
      'restocked returns': Math.abs(totalOf(tally(returned, () => '', quantityOf))),
    };
    return { figures, broken: findDifferences(left, ordered) };
  },
};

const keyOf = ({ orderId, sku }: { orderId: string; sku: string }) => `${orderId} ${sku}`;
const quantityOf = ({ quantity }: { quantity: number }) => quantity;

function findDifferences(left: Tally, ordered: Tally): Breach[] {
  return [...new Set([...left.keys(), ...ordered.keys()])].flatMap((key) => {
    const [id = '', sku = ''] = key.split(' ');
    const gone = left.get(key) ?? 0;
    const wanted = ordered.get(key) ?? 0;
    if (gone === wanted) return [];
    return [{ id, problem: `${gone} of ${sku} left the stock, ${wanted} are sold` }];
  });
}
