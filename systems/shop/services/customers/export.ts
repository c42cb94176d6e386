import type { OutputOf } from '@portico/contract';
import type { Customers } from '../../contracts/customers.ts';
import { toInstant } from '../../subject.ts';
import { listAddresses } from './addresses.ts';
import { type CustomersContext, customerOf } from './context.ts';
import { readProfile } from './profile.ts';
import type { Db } from './tables.ts';

type Export = OutputOf<(typeof Customers)['operations']['exportMyData']>;

/** What an export shows at most; whoever has more gets the newest. */
const ENTRIES_MAX = 1_000;

/** Everything the shop holds of the caller, from every service that holds any. */
export async function exportMyData(_input: unknown, context: CustomersContext): Promise<Export> {
  const { store: db, uses, clock } = context;
  const subject = customerOf(context);
  const [profile, addresses, changes, { account }, { cart }, orders, { messages }] =
    await Promise.all([
      readProfile(db, subject),
      listAddresses(db, subject),
      listChanges(db, subject),
      uses.identity.exportSubject({ subject }),
      uses.cart.exportSubject({ subject }),
      exportOrders(context, subject),
      uses.notifications.exportSubject({ subject }),
    ]);
  return {
    exportedAt: toInstant(clock.now()),
    profile,
    addresses,
    changes,
    ...(account ? { account } : {}),
    ...(cart ? { cart } : {}),
    orders,
    messages,
  };
}

async function exportOrders({ uses }: CustomersContext, subject: string) {
  const orders: Export['orders'] = [];
  let cursor: string | undefined;
  do {
    const page = await uses.orders.exportSubject(
      cursor === undefined ? { subject } : { subject, cursor },
    );
    orders.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && orders.length < ENTRIES_MAX);
  return orders.slice(0, ENTRIES_MAX);
}

async function listChanges(db: Db, customerId: string) {
  const rows = await db
    .selectFrom('profile_change')
    .selectAll()
    .where('customer_id', '=', customerId)
    .orderBy('at', 'desc')
    .orderBy('change_id', 'desc')
    .limit(ENTRIES_MAX)
    .execute();
  return rows.map(({ at, what, by }) => ({ at: toInstant(at), what, by }));
}
