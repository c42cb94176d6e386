import { Failure, type InputOf } from '@portico/contract';
import type { Transaction } from '@portico/service';
import type { Customers } from '../../contracts/customers.ts';
import { present, toInstant } from '../../subject.ts';
import { actorOf, audit, type CustomersContext, customerOf } from './context.ts';
import { erasure } from './erasure-saga.ts';
import { findCustomer } from './profile.ts';
import type { ErasureRow, store } from './tables.ts';

type Operations = (typeof Customers)['operations'];

/** Begins to erase the caller. While a request is open, it is the answer. */
export function requestErasure(_input: unknown, context: CustomersContext<true>) {
  const customerId = customerOf(context);
  const request = newRequest(context, customerId);
  return context.transaction((transaction) => ask(transaction, context, request));
}

/** The same, asked by staff. An unknown customer is not found. */
export function eraseCustomer(
  { customerId }: InputOf<Operations['eraseCustomer']>,
  context: CustomersContext<true>,
) {
  const request = newRequest(context, customerId);
  return context.transaction(async (transaction) => {
    if (await findCustomer(transaction.db, customerId)) return ask(transaction, context, request);
    throw Failure.rejected('not-found', `There is no customer ${customerId}.`);
  });
}

/** Erasure requests of one customer or of all, in the order of their ids. */
export function toErasureRequest(row: ErasureRow) {
  return {
    erasureId: row.erasure_id,
    customerId: row.customer_id,
    state: row.state,
    requestedAt: toInstant(row.requested_at),
    ...present('completedAt', row.completed_at === null ? undefined : toInstant(row.completed_at)),
  };
}

function newRequest({ ids, clock }: CustomersContext, customerId: string): ErasureRow {
  return {
    erasure_id: ids.prefixed('era'),
    customer_id: customerId,
    state: 'requested',
    requested_at: clock.now(),
    completed_at: null,
  };
}

/**
 * One open request per customer: a second one finds the first, by the unique index behind it. Whoever was
 * erased before is erased anew: a restored backup may have brought something back.
 */
async function ask(
  { db, start }: Transaction<typeof store>,
  context: CustomersContext,
  request: ErasureRow,
) {
  const open = await db
    .selectFrom('erasure')
    .selectAll()
    .where('customer_id', '=', request.customer_id)
    .where('state', '!=', 'completed')
    .executeTakeFirst();
  if (open) return toErasureRequest(open);
  await db.insertInto('erasure').values(request).execute();
  const by = actorOf(context.caller);
  const { erasure_id: erasureId, customer_id: customerId } = request;
  await audit(db, context, { customerId, what: 'erasureRequested', by });
  await start(erasure, { id: erasureId, data: { erasureId, customerId }, queue: customerId });
  return toErasureRequest(request);
}
