import type { Breach, Invariant } from './invariant.ts';
import { tally, totalOf } from './tally.ts';

/** Nothing is sold twice, and every piece that is there came from somewhere. */
export const stockAddsUp: Invariant = {
  id: 'I1',
  title:
    'per SKU: 0 ≤ reserved ≤ on hand; reserved = held + pinned; on hand = the sum of its movements',
  check({ facts }) {
    const promises = facts.reservations
      .filter(({ state }) => state === 'held' || state === 'pinned')
      .flatMap(({ lines }) => lines);
    const promised = tally(
      promises,
      ({ sku }) => sku,
      ({ quantity }) => quantity,
    );
    const moved = tally(
      facts.movements,
      ({ sku }) => sku,
      ({ quantity }) => quantity,
    );
    const bySku = new Map(facts.stock.map((stock) => [stock.sku, stock]));
    const broken: Breach[] = [];
    for (const sku of new Set([...bySku.keys(), ...promised.keys(), ...moved.keys()])) {
      const { onHand = 0, reserved = 0 } = bySku.get(sku) ?? {};
      const held = promised.get(sku) ?? 0;
      const sum = moved.get(sku) ?? 0;
      const add = (problem: string) => broken.push({ id: sku, problem });
      if (reserved < 0 || reserved > onHand) add(`${reserved} reserved of ${onHand} on hand`);
      if (reserved !== held) add(`${reserved} reserved, but ${held} held and pinned`);
      if (onHand !== sum) add(`${onHand} on hand, but the movements add up to ${sum}`);
    }
    const figures = {
      SKUs: facts.stock.length,
      'on hand': facts.stock.reduce((sum, { onHand }) => sum + onHand, 0),
      reserved: facts.stock.reduce((sum, { reserved }) => sum + reserved, 0),
      'held and pinned': totalOf(promised),
      movements: facts.movements.length,
      'sum of movements': totalOf(moved),
    };
    return { figures, broken };
  },
};
