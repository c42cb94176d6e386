import type { Db } from './tables.ts';

const NOTHING = {
  given_name: null,
  family_name: null,
  phone: null,
  language: null,
  name_key: null,
  family_key: null,
  phone_key: null,
} as const;

/**
 * Erases what the store holds of one person. What stays: the id, that and when it was erased, and the
 * trail of who changed what and when. The row is made where none was: an AccountRegistered that is late
 * finds that there is nobody any more.
 */
export async function forgetCustomer(db: Db, customerId: string, now: number): Promise<void> {
  const erased = { ...NOTHING, updated_at: now, erased_at: now };
  await db
    .insertInto('customer')
    .values({ customer_id: customerId, version: 0, ...erased })
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet(erased))
    .execute();
  await db.deleteFrom('address').where('customer_id', '=', customerId).execute();
  await db.deleteFrom('consent').where('customer_id', '=', customerId).execute();
}
