import type { InputOf } from '@portico/contract';
import type { Customers } from '../../contracts/customers.ts';
import { PAGE_DEFAULT, parseCursor, toPage } from '../../paging.ts';
import { toPostalKey } from './addresses.ts';
import { toNameKey, toPhoneKey, toProfile } from './profile.ts';
import type { Db } from './tables.ts';

type Criteria = InputOf<(typeof Customers)['operations']['findCustomers']>;

/** Greater than every key that begins with the text before it. */
const AFTER_ALL = '\u{10ffff}';

/** Customers who fit all criteria, in the order of their ids. Erased ones are gone. */
export async function findCustomers(criteria: Criteria, { store: db }: { readonly store: Db }) {
  const { limit = PAGE_DEFAULT, cursor } = criteria;
  const [after] = parseCursor(cursor, ['']) ?? [''];
  const rows = await select(db, criteria)
    .where('customer_id', '>', after)
    .orderBy('customer_id')
    .limit(limit + 1)
    .execute();
  const ids = rows.map((row) => row.customer_id);
  const consents =
    ids.length === 0
      ? []
      : await db
          .selectFrom('consent')
          .selectAll()
          .where('customer_id', 'in', ids)
          .orderBy('purpose')
          .execute();
  return toPage(rows, limit, {
    item: (row) =>
      toProfile(
        row,
        consents.filter((consent) => consent.customer_id === row.customer_id),
      ),
    position: (row) => [row.customer_id],
  });
}

function select(db: Db, { customerId, name, phone, postalCode }: Criteria) {
  let query = db.selectFrom('customer').selectAll().where('erased_at', 'is', null);
  if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
  if (phone !== undefined) query = query.where('phone_key', '=', toPhoneKey(phone));
  if (name !== undefined) {
    const key = toNameKey(name);
    const last = key + AFTER_ALL;
    query = query.where((where) =>
      where.or([
        where.and([where('name_key', '>=', key), where('name_key', '<', last)]),
        where.and([where('family_key', '>=', key), where('family_key', '<', last)]),
      ]),
    );
  }
  if (postalCode !== undefined) {
    query = query.where('customer_id', 'in', (address) =>
      address
        .selectFrom('address')
        .select('customer_id')
        .where('postal_key', '=', toPostalKey(postalCode))
        .where('removed_at', 'is', null),
    );
  }
  return query;
}
