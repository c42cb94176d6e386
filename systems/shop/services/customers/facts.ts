import { PAGE_DEFAULT, parseCursor, toCursor, toPage } from '../../paging.ts';
import { toErasureRequest } from './erasure.ts';
import type { Db } from './tables.ts';

type Place = readonly [kind: string, id: string];

/** Customers in the order of their ids, as numbers, then every erasure request. */
export async function exportFacts(
  { limit = PAGE_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  { store }: { readonly store: Db },
) {
  const [kind, after] = parseCursor<Place>(cursor, ['', '']) ?? ['customer', ''];
  if (kind === 'erasure') return readErasures(store, after, limit);
  const customers = await readCustomers(store, after, limit);
  const last = customers.at(-1);
  if (customers.length === limit && last) {
    return { items: customers, next: toCursor(['customer', last.customerId]) };
  }
  const rest = await readErasures(store, '', limit - customers.length);
  return { ...rest, items: [...customers, ...rest.items] };
}

async function readCustomers(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('customer')
    .leftJoin('address', (join) =>
      join
        .onRef('address.customer_id', '=', 'customer.customer_id')
        .on('address.removed_at', 'is', null),
    )
    .select((select) => [
      'customer.customer_id',
      'customer.version',
      'customer.erased_at',
      select.fn.count<number>('address.address_id').as('addresses'),
    ])
    .where('customer.customer_id', '>', after)
    .groupBy(['customer.customer_id', 'customer.version', 'customer.erased_at'])
    .orderBy('customer.customer_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'customer' as const,
    customerId: row.customer_id,
    version: row.version,
    addresses: row.addresses,
    erased: row.erased_at !== null,
  }));
}

async function readErasures(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('erasure')
    .selectAll()
    .where('erasure_id', '>', after)
    .orderBy('erasure_id')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, {
    item: (row) => ({ kind: 'erasure' as const, ...toErasureRequest(row) }),
    position: (row) => ['erasure', row.erasure_id],
  });
}
