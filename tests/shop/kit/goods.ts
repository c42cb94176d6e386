import assert from 'node:assert/strict';
import { Catalog } from '../../../systems/shop/contracts/catalog.ts';
import { Inventory } from '../../../systems/shop/contracts/inventory.ts';
import type { Currency } from '../../../systems/shop/money.ts';
import type { Consumers, Door } from './shop.ts';

/** What a test sells. */
export interface Goods {
  readonly sku: string;
  readonly prices: Partial<Record<Currency, number>>;
  readonly pieces: number;
}

type Stocked = Pick<Door, 'calls'> & { readonly consumers: Consumers };

/** Puts goods on sale and into stock, by the operations that staff use. */
export async function sell(shop: Stocked, ...goods: readonly Goods[]): Promise<void> {
  const as = shop.consumers.staff;
  const catalog = await shop.calls(Catalog, { via: 'REST', as });
  await catalog.putCategory({ categoryId: 'lamps', title: 'Lamps', position: 0 });
  const { results } = await catalog.importProducts({ rows: goods.map(toRow) });
  for (const result of results) assert.equal(result.outcome, 'created', result.problem);
  const inventory = await shop.calls(Inventory, { via: 'REST', as });
  const lines = goods.flatMap(({ sku, pieces }) => (pieces > 0 ? { sku, quantity: pieces } : []));
  if (lines.length > 0) await inventory.receive({ lines });
}

/** Pieces of a SKU on the shelf and promised, as the auditor counts them. */
export async function stockOf(shop: Stocked, sku: string) {
  const as = shop.consumers.staff;
  const inventory = await shop.calls(Inventory, { via: 'REST', as });
  let cursor: string | undefined;
  do {
    const page = await inventory.exportFacts({ limit: 500, ...(cursor ? { cursor } : {}) });
    for (const fact of page.items) {
      if (fact.kind === 'stock' && fact.sku === sku) {
        return { onHand: fact.onHand, reserved: fact.reserved };
      }
    }
    cursor = page.next;
  } while (cursor);
  return undefined;
}

function toRow({ sku, prices }: Goods) {
  return {
    slug: sku.toLowerCase(),
    title: `Lamp ${sku}`,
    description: 'A lamp.',
    categories: ['lamps'],
    taxClass: 'standard' as const,
    attributes: [{ name: 'colour', value: 'brass' }],
    images: [],
    variants: [
      {
        sku,
        title: 'one',
        attributes: [],
        prices: Object.entries(prices).map(([currency, amount]) => ({
          currency: currency as Currency,
          amount,
        })),
      },
    ],
    publish: true,
  };
}
