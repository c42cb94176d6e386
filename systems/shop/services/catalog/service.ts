import { Failure, type InputOf } from '@portico/contract';
import { type OperationContext, type Service, service } from '@portico/service';
import { Catalog } from '../../contracts/catalog.ts';
import { countProducts, listCategories, toCategory, writeCategory } from './categories.ts';
import { exportFacts } from './facts.ts';
import { assertImportSize, importRow } from './import.ts';
import { readOffers } from './offers.ts';
import { toPrice, writePrice } from './prices.ts';
import { createProductIndex, type ProductIndex } from './product-index.ts';
import { findProduct, parseRevision, readProductView } from './product-view.ts';
import { createWriting, type Writing, writeProduct } from './product-writer.ts';
import { assertRevision, publish, retire, unknownProduct } from './publication.ts';
import { search } from './search.ts';
import { type Db, type ProductRow, store } from './tables.ts';

type Operations = (typeof Catalog)['operations'];
type CatalogContext<HasKey extends boolean = false> = OperationContext<
  typeof Catalog,
  Record<never, never>,
  typeof store,
  undefined,
  HasKey
>;

/** The catalog with an index of its own for each store that it serves. */
export function createCatalog(): Service<typeof Catalog> {
  const indexes = new WeakMap<object, ProductIndex>();
  /** The index of a store, brought up to date. */
  const indexOf = async (db: Db): Promise<ProductIndex> => {
    const index = indexes.get(db) ?? createProductIndex();
    indexes.set(db, index);
    await index.refresh(db);
    return index;
  };
  return service(Catalog)({
    store,
    operations: {
      async listProducts(query, { store: db, clock }) {
        return search(await indexOf(db), query, clock.now());
      },

      getProduct: readProduct,

      async listCategories(_input, { store: db }) {
        return { items: listCategories(await indexOf(db)) };
      },

      async putCategory(input, { transaction, store: db }) {
        const row = await transaction((tx) => writeCategory(tx.db, input));
        return toCategory(row, countProducts(await indexOf(db), row.category_id));
      },

      putProduct,
      putPrice,

      publishProduct: ({ productId, version }, context) =>
        changeProduct(context, { productId, version, state: 'published' }, publish),

      async retireProduct({ productId, version }, context) {
        await changeProduct(
          context,
          { productId, version, state: 'retired' },
          async (writing, row) => {
            await retire(writing, row);
            return row;
          },
        );
      },

      importProducts,

      async getOffers({ skus, currency }, { store: db, clock }) {
        return { offers: await readOffers(db, { skus, currency, now: clock.now() }) };
      },

      exportFacts,
    },
    async start({ store: db }) {
      await indexOf(db);
    },
  });
}

/** What is sold, and for how much. */
export const catalog = createCatalog();

async function readProduct(
  { productId }: InputOf<Operations['getProduct']>,
  { store: db, clock, caller }: CatalogContext,
) {
  const row = await findProduct(db, productId);
  const shown = row && (row.state === 'published' || caller.permissions.has('catalog:write'));
  if (!row || !shown) throw unknownProduct(productId);
  return readProductView(db, row, clock.now());
}

async function putProduct(
  { productId, version, ...content }: InputOf<Operations['putProduct']>,
  { transaction, clock }: CatalogContext,
) {
  const now = clock.now();
  return transaction(async (tx) => {
    const current = await findProduct(tx.db, productId);
    if (current?.state === 'retired') throw unknownProduct(productId);
    const { outcome, row } = await writeProduct(createWriting(tx, now), productId, {
      content,
      current,
    });
    // A repetition finds its own effect, and nothing to refuse: it changed nothing (RFC 9110 §13.1.1).
    if (outcome !== 'unchanged') assertKnown(current, version);
    return readProductView(tx.db, row, now);
  });
}

/** Whoever replaces a product says which revision was seen; whoever makes one has seen none. */
function assertKnown(current: ProductRow | undefined, version: string | undefined): void {
  if (!current) {
    if (version === undefined) return;
    throw Failure.rejected('precondition-failed', 'There is no such product yet.');
  }
  if (version === undefined) {
    const message = 'The product exists: name the version that you have seen.';
    throw Failure.rejected('precondition-missing', message);
  }
  assertRevision(current, version);
}

async function putPrice(
  input: InputOf<Operations['putPrice']>,
  { transaction, clock }: CatalogContext,
) {
  const { sku, currency, amount } = input;
  const from = input.from === undefined ? undefined : Date.parse(input.from);
  const until = input.until === undefined ? undefined : Date.parse(input.until);
  const now = clock.now();
  return transaction(async (tx) => {
    const order = { sku, currency, amount, from, until };
    const { price } = await writePrice(createWriting(tx, now), order);
    return toPrice(price);
  });
}

/** Publishes or retires. What is in that state already is left alone, whatever version was named. */
async function changeProduct(
  { transaction, clock }: CatalogContext,
  asked: {
    readonly productId: string;
    readonly version: string;
    readonly state: ProductRow['state'];
  },
  change: (writing: Writing, row: ProductRow) => Promise<ProductRow>,
) {
  const now = clock.now();
  if (parseRevision(asked.version) === undefined) {
    throw Failure.rejected('precondition-failed', 'This is not a version of a product.');
  }
  return transaction(async (tx) => {
    const row = await findProduct(tx.db, asked.productId);
    const gone = row?.state === 'retired' && asked.state !== 'retired';
    if (!row || gone) throw unknownProduct(asked.productId);
    if (row.state !== asked.state) assertRevision(row, asked.version);
    const next = await change(createWriting(tx, now), row);
    return readProductView(tx.db, next, now);
  });
}

async function importProducts(
  { rows }: InputOf<Operations['importProducts']>,
  { transaction, clock, ids }: CatalogContext<true>,
) {
  assertImportSize(rows);
  const now = clock.now();
  const imported = rows.map((row) => ({ row, newId: ids.prefixed('prd') }));
  return transaction(async (tx) => {
    const writing = createWriting(tx, now);
    const results = [];
    for (const [row, each] of imported.entries()) {
      results.push({ row, ...(await importRow(writing, each)) });
    }
    return { results };
  });
}
