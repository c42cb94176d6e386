import type { InputOf } from '@portico/contract';
import { ADDRESSES_MAX, AddressLimit, type Customers } from '../../contracts/customers.ts';
import { present, toInstant } from '../../subject.ts';
import { foldText } from '../../text.ts';
import { actorOf, audit, type CustomersContext, customerOf } from './context.ts';
import type { AddressRow, Db } from './tables.ts';

type Operations = (typeof Customers)['operations'];

/** A customer's addresses: the preferred one first, then in the order of their last change. */
export async function listAddresses(db: Db, customerId: string) {
  const rows = await db
    .selectFrom('address')
    .selectAll()
    .where('customer_id', '=', customerId)
    .where('removed_at', 'is', null)
    .orderBy('preferred', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('address_id')
    .execute();
  return rows.map(toSavedAddress);
}

/** @throws AddressLimit */
export async function addAddress(
  input: InputOf<Operations['addAddress']>,
  context: CustomersContext,
) {
  const customerId = customerOf(context);
  const address_id = context.ids.prefixed('adr');
  const now = context.clock.now();
  return context.transaction(async ({ db }) => {
    if ((await countAddresses(db, customerId)) >= ADDRESSES_MAX) throw AddressLimit();
    const row = { address_id, customer_id: customerId, ...toFields(input), updated_at: now };
    if (input.preferred) await unprefer(db, customerId);
    await db
      .insertInto('address')
      .values({ ...row, removed_at: null })
      .execute();
    await audit(db, context, { customerId, what: 'addressAdded', by: actorOf(context.caller) });
    return toSavedAddress(row);
  });
}

/** Replaces an address of the caller; anybody else's is as if unknown. */
export async function updateAddress(
  { addressId, ...input }: InputOf<Operations['updateAddress']>,
  context: CustomersContext,
) {
  const now = context.clock.now();
  return context.transaction(async ({ db }) => {
    const found = await findAddress(db, addressId);
    const live = found?.removed_at === null ? found : undefined;
    const current = context.owned(live, (row) => row.customer_id);
    const fields = toFields(input);
    const row = { ...current, ...fields, updated_at: now };
    if (holds(current, fields)) return toSavedAddress(current);
    if (input.preferred) await unprefer(db, current.customer_id);
    await db
      .updateTable('address')
      .set({ ...fields, updated_at: now })
      .where('address_id', '=', addressId)
      .execute();
    const by = actorOf(context.caller);
    await audit(db, context, { customerId: current.customer_id, what: 'addressUpdated', by });
    return toSavedAddress(row);
  });
}

/** Removes an address of the caller. Its row stays without its data: removing it again is no error. */
export async function removeAddress(
  { addressId }: InputOf<Operations['removeAddress']>,
  context: CustomersContext,
): Promise<undefined> {
  const now = context.clock.now();
  await context.transaction(async ({ db }) => {
    const row = context.owned(await findAddress(db, addressId), (each) => each.customer_id);
    if (row.removed_at !== null) return;
    await db
      .updateTable('address')
      .set({ label: null, address: null, postal_key: null, preferred: 0, removed_at: now })
      .where('address_id', '=', addressId)
      .execute();
    const by = actorOf(context.caller);
    await audit(db, context, { customerId: row.customer_id, what: 'addressRemoved', by });
  });
}

/** How many addresses a customer keeps. */
export async function countAddresses(db: Db, customerId: string): Promise<number> {
  const row = await db
    .selectFrom('address')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('customer_id', '=', customerId)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** How postal codes are compared: without spaces and hyphens, folded. */
export function toPostalKey(postalCode: string): string {
  return foldText(postalCode).replace(/[\s-]/g, '');
}

function findAddress(db: Db, addressId: string): Promise<AddressRow | undefined> {
  return db
    .selectFrom('address')
    .selectAll()
    .where('address_id', '=', addressId)
    .executeTakeFirst();
}

/** At most one address is preferred; a unique index stands behind it. */
async function unprefer(db: Db, customerId: string): Promise<void> {
  await db
    .updateTable('address')
    .set({ preferred: 0 })
    .where('customer_id', '=', customerId)
    .where('preferred', '=', 1)
    .execute();
}

type Fields = Pick<AddressRow, 'label' | 'preferred' | 'address' | 'postal_key'>;

function toFields({ label, preferred, address }: InputOf<Operations['addAddress']>): Fields {
  return {
    label: label ?? null,
    preferred: preferred ? 1 : 0,
    address: JSON.stringify(address),
    postal_key: toPostalKey(address.postalCode),
  };
}

function holds(row: AddressRow, fields: Fields): boolean {
  return Object.entries(fields).every(([name, value]) => row[name as keyof AddressRow] === value);
}

function toSavedAddress(row: Omit<AddressRow, 'removed_at'>) {
  return {
    addressId: row.address_id,
    ...present('label', row.label),
    preferred: row.preferred === 1,
    address: JSON.parse(row.address ?? 'null'),
    updatedAt: toInstant(row.updated_at),
  };
}
