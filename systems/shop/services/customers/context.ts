import type { Caller, OperationContext, ServiceContext } from '@portico/service';
import { Cart } from '../../contracts/cart.ts';
import type { Customers } from '../../contracts/customers.ts';
import { Identity } from '../../contracts/identity.ts';
import { Notifications } from '../../contracts/notifications.ts';
import { Orders } from '../../contracts/orders.ts';
import { ownerId } from '../../subject.ts';
import type { ChangeKind, Db, store } from './tables.ts';

/** The APIs that customers calls: to show a person everything the shop holds, and to erase it. */
export const uses = {
  identity: Identity,
  cart: Cart,
  orders: Orders,
  notifications: Notifications,
} as const;

/** What customers' modules need of a handler's context. */
export type CustomersContext<HasKey extends boolean = boolean> = OperationContext<
  typeof Customers,
  typeof uses,
  typeof store,
  undefined,
  HasKey
>;

/** The caller's customer id: the id of its account. */
export function customerOf(context: Pick<CustomersContext, 'subject'>): string {
  return ownerId(context.subject());
}

/** Who is named in the audit trail: the subject, and the app that it used. */
export function actorOf({ subject, consumer }: Caller): string {
  const actor = subject ?? 'anonymous';
  return consumer === undefined ? actor : `${actor} by ${consumer}`;
}

/** Writes a line of the audit trail, in the transaction of the change. */
export async function audit(
  db: Db,
  context: Pick<
    ServiceContext<typeof Customers, typeof uses, typeof store, undefined, boolean>,
    'clock' | 'ids'
  >,
  line: { readonly customerId: string; readonly what: ChangeKind; readonly by: string },
): Promise<void> {
  const { customerId, what, by } = line;
  const row = { customer_id: customerId, at: context.clock.now(), what, by };
  await db
    .insertInto('profile_change')
    .values({ change_id: context.ids.uuid(), ...row })
    .execute();
}
