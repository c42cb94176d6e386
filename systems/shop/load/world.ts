import { createPeople, SEED_PASSWORD } from '../seed/people.ts';
import { createZipf } from './distributions.ts';
import { type Reply, send } from './http-client.ts';

/** A product as visitors find it. */
interface Goods {
  readonly productId: string;
  readonly skus: readonly string[];
}

/** What visitors know before they come: the shop's goods, its provider, its customers. */
export interface World {
  readonly origin: string;
  /** Sent with every request: the key of the consumer whose visitors they are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tokenUrl: string;
  readonly publishableKey: string;
  readonly categories: readonly string[];
  /** The product that a choice in [0, 1) falls on, popular ones often. */
  product(choice: number): Goods;
  sku(choice: number): string;
  word(choice: number): string;
  /** Who signs in as the visitor of this number. */
  customer(number: number): { readonly email: string; readonly password: string };
}

const WORDS = ['lantern', 'wool', 'oak', 'holm', 'brandt', 'steel', 'rope', 'soap', 'lamp', 'cup'];
const PAGES_MAX = 20;

/** Looks around in a running shop. @throws {Error} when it does not answer, or sells nothing. */
export async function exploreShop(origin: string, key?: string): Promise<World> {
  const headers: Record<string, string> = key ? { 'x-api-key': key } : {};
  const get = async (path: string) => {
    const reply = await send({ url: origin + path, headers });
    if (reply.status === 200) return reply;
    const why = `${reply.status || 'no answer'} ${reply.code}`;
    throw new Error(`GET ${origin}${path}: ${why}. Is the shop running (npm start)?`);
  };
  const goods = await readGoods(get);
  if (goods.length === 0) throw new Error(`The shop at ${origin} sells nothing. Seed it first.`);
  const config = (await get('/payments/v1/config')).body as Record<string, string>;
  const { items } = (await get('/catalog/v1/categories')).body as {
    items: { categoryId: string }[];
  };
  const skus = goods.flatMap((product) => product.skus);
  const people = createPeople();
  const rankProduct = createZipf(goods.length);
  const rankSku = createZipf(skus.length);
  const pick = <Item>(list: readonly Item[], index: number) => list[index % list.length] as Item;
  return {
    origin,
    headers,
    tokenUrl: config.tokenUrl ?? '',
    publishableKey: config.publishableKey ?? '',
    categories: items.map(({ categoryId }) => categoryId),
    product: (choice) => pick(goods, rankProduct(choice)),
    sku: (choice) => pick(skus, rankSku(choice)),
    word: (choice) => pick(WORDS, Math.floor(choice * WORDS.length)),
    customer: (number) => ({ email: pick(people, number).email, password: SEED_PASSWORD }),
  };
}

async function readGoods(get: (path: string) => Promise<Reply>): Promise<Goods[]> {
  const goods: Goods[] = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = `limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { items, next } = (await get(`/catalog/v1/products?${query}`)).body as {
      items: Goods[];
      next?: string;
    };
    goods.push(...items.map(({ productId, skus }) => ({ productId, skus })));
    if (!next) break;
    cursor = next;
  }
  return goods;
}
