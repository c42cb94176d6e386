import { Failure, type InputOf } from '@portico/contract';
import type { Customers } from '../../contracts/customers.ts';
import { present, toInstant } from '../../subject.ts';
import { foldText } from '../../text.ts';
import { actorOf, audit, type CustomersContext, customerOf } from './context.ts';
import type { ConsentRow, CustomerRow, Db } from './tables.ts';

type Operations = (typeof Customers)['operations'];
type ProfileInput = InputOf<Operations['updateProfile']>;

/** A customer's own row; `undefined` before the first change, and once it was erased. */
export function findCustomer(db: Db, customerId: string): Promise<CustomerRow | undefined> {
  return db
    .selectFrom('customer')
    .selectAll()
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
}

/** A profile as the contract shows it: an empty one where nothing was written. */
export async function readProfile(db: Db, customerId: string) {
  const [row, consents] = await Promise.all([
    findCustomer(db, customerId),
    db
      .selectFrom('consent')
      .selectAll()
      .where('customer_id', '=', customerId)
      .orderBy('purpose')
      .execute(),
  ]);
  return toProfile(row ?? emptyCustomer(customerId), consents);
}

/** The same from rows at hand. */
export function toProfile(row: CustomerRow, consents: readonly ConsentRow[]) {
  return {
    customerId: row.customer_id,
    version: row.version,
    ...present('givenName', row.given_name),
    ...present('familyName', row.family_name),
    ...present('phone', row.phone),
    ...present('language', row.language),
    consents: consents.map(toConsent),
    ...(row.version === 0 ? {} : { updatedAt: toInstant(row.updated_at) }),
  };
}

/** A consent as the contract shows it. */
export function toConsent({ purpose, given, changed_at }: ConsentRow) {
  return { purpose, given: given === 1, changedAt: toInstant(changed_at) };
}

/**
 * Replaces a profile that the caller has seen. The same call again finds its own effect.
 * @throws {Failure} `precondition-failed` when somebody changed it since.
 */
export async function updateProfile(input: ProfileInput, context: CustomersContext) {
  const customerId = customerOf(context);
  const now = context.clock.now();
  return context.transaction(async ({ db }) => {
    const current = (await findCustomer(db, customerId)) ?? emptyCustomer(customerId);
    const fields = toFields(input);
    const repeated = current.version === input.version + 1 && holds(current, fields);
    if (!repeated) {
      assertVersion(current, input.version);
      await storeCustomer(db, {
        ...current,
        ...fields,
        version: current.version + 1,
        updated_at: now,
      });
      const what = current.version === 0 ? 'profileCreated' : 'profileUpdated';
      await audit(db, context, { customerId, what, by: actorOf(context.caller) });
    }
    return readProfile(db, customerId);
  });
}

/** Gives or takes back a consent. Saying the same again changes nothing. */
export async function setConsent(
  { purpose, given }: InputOf<Operations['setConsent']>,
  context: CustomersContext,
) {
  const customerId = customerOf(context);
  const row = { customer_id: customerId, purpose, given: given ? 1 : 0 };
  const now = context.clock.now();
  return context.transaction(async ({ db, publish }) => {
    const current = await db
      .selectFrom('consent')
      .selectAll()
      .where('customer_id', '=', customerId)
      .where('purpose', '=', purpose)
      .executeTakeFirst();
    if (current?.given === row.given) return toConsent(current);
    const changed = { ...row, changed_at: now };
    await db
      .insertInto('consent')
      .values(changed)
      .onConflict((conflict) => conflict.columns(['customer_id', 'purpose']).doUpdateSet(changed))
      .execute();
    await touch(db, customerId, now);
    await audit(db, context, { customerId, what: 'consentChanged', by: actorOf(context.caller) });
    await publish('ConsentChanged', { customerId, purpose, given });
    return toConsent(changed);
  });
}

/**
 * Makes the row of a new account, unless its owner was faster. It reads like no row at all: whoever has
 * seen version 0 can go on from there.
 */
export async function createCustomer(db: Db, customerId: string, now: number): Promise<boolean> {
  const made = await db
    .insertInto('customer')
    .values({ ...emptyCustomer(customerId), updated_at: now })
    .onConflict((conflict) => conflict.column('customer_id').doNothing())
    .executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** How names are searched: folded, given name first. */
export function toNameKey(name: string): string {
  return foldText(name).replace(/\s+/g, ' ').trim();
}

/** How telephone numbers are compared: digits alone. */
export function toPhoneKey(phone: string): string {
  return phone.replace(/[^0-9]/g, '');
}

/** A profile shows its consents too, so its version grows with them. */
async function touch(db: Db, customerId: string, now: number): Promise<void> {
  const current = (await findCustomer(db, customerId)) ?? emptyCustomer(customerId);
  await storeCustomer(db, { ...current, version: current.version + 1, updated_at: now });
}

function assertVersion(current: CustomerRow, version: number): void {
  if (current.version === version) return;
  const message = 'Your profile has changed since. Read it again.';
  throw Failure.rejected('precondition-failed', message);
}

function toFields({ givenName, familyName, phone, language }: ProfileInput) {
  const name = [givenName, familyName].filter((part) => part !== undefined).join(' ');
  return {
    given_name: givenName ?? null,
    family_name: familyName ?? null,
    phone: phone ?? null,
    language: language ?? null,
    name_key: name === '' ? null : toNameKey(name),
    family_key: familyName === undefined ? null : toNameKey(familyName),
    phone_key: phone === undefined ? null : toPhoneKey(phone),
  };
}

function holds(row: CustomerRow, fields: ReturnType<typeof toFields>): boolean {
  return Object.entries(fields).every(([name, value]) => row[name as keyof CustomerRow] === value);
}

function emptyCustomer(customerId: string): CustomerRow {
  return {
    customer_id: customerId,
    version: 0,
    given_name: null,
    family_name: null,
    phone: null,
    language: null,
    name_key: null,
    family_key: null,
    phone_key: null,
    updated_at: 0,
    erased_at: null,
  };
}

async function storeCustomer(db: Db, row: CustomerRow): Promise<void> {
  const { customer_id: _key, ...fields } = row;
  await db
    .insertInto('customer')
    .values(row)
    .onConflict((conflict) => conflict.column('customer_id').doUpdateSet(fields))
    .execute();
}
