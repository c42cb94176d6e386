import { pivot, saga, step, wait } from '@portico/service';
import * as z from 'zod';
import { ErasureId, SubjectId } from '../../contracts/common.ts';
import { Customers } from '../../contracts/customers.ts';
import { audit, uses } from './context.ts';
import { forgetCustomer } from './forget.ts';
import { store } from './tables.ts';

/** The first look at orders that are open comes back after this, each later one after half as long again. */
const LOOK_FIRST_MS = 2_000;
const LOOK_GROWTH = 1.5;
/** An erasure is done within 24 h of the last open order; this leaves most of them for the rest. */
const LOOK_LAST_MS = 15 * 60_000;
/** What one person has ordered is looked through in pages; more are no person's. */
const PAGES_MAX = 500;

/**
 * Erases a person from the whole shop. It was decided by whoever asked, so it only goes forward, and each
 * step can be repeated: it finds what is left. What comes last in time goes last: calls of that person's
 * live access tokens, then what those calls have begun.
 */
export const erasure = saga(
  'erasure',
  {
    api: Customers,
    uses,
    store,
    data: z.object({ erasureId: ErasureId, customerId: SubjectId }),
  },
  [
    pivot('asked'),
    step('orders-end', {
      async do({ erasureId, customerId: subject }, { uses: { orders }, transaction, attempt }) {
        let cursor: string | undefined;
        for (let page = 0; page < PAGES_MAX; page += 1) {
          const found = await orders.exportSubject(
            cursor === undefined ? { subject } : { subject, cursor },
          );
          if (found.items.some(({ state }) => OPEN.has(state))) return wait(pauseMs(attempt));
          if (found.next === undefined) break;
          cursor = found.next;
        }
        return transaction(async ({ db }) => {
          await db
            .updateTable('erasure')
            .set({ state: 'running' })
            .where('erasure_id', '=', erasureId)
            .where('state', '=', 'requested')
            .execute();
        });
      },
    }),
    step('close-account', {
      async do({ customerId: subject }, { uses: { identity }, clock }) {
        const { accessEndsAt } = await identity.eraseSubject({ subject });
        const leftMs = Date.parse(accessEndsAt ?? '') - clock.now();
        return leftMs > 0 ? wait(leftMs) : undefined;
      },
    }),
    // Before the orders, which tell what the person was told as a guest.
    step('purge-messages', {
      async do({ customerId: subject }, { uses: { notifications } }) {
        await notifications.eraseSubject({ subject });
      },
    }),
    step('anonymize-orders', {
      async do({ customerId: subject }, { uses: { orders }, attempt }) {
        const { open } = await orders.eraseSubject({ subject });
        return open > 0 ? wait(pauseMs(attempt)) : undefined;
      },
    }),
    step('discard-cart', {
      async do({ customerId: subject }, { uses: { cart } }) {
        await cart.eraseSubject({ subject });
      },
    }),
    step('erase-profile', {
      async do({ erasureId, customerId }, context) {
        const now = context.clock.now();
        await context.forgetCaller(`user:${customerId}`);
        return context.transaction(async ({ db, publish }) => {
          await forgetCustomer(db, customerId, now);
          const by = 'service:customers';
          await audit(db, context, { customerId, what: 'erased', by });
          await db
            .updateTable('erasure')
            .set({ state: 'completed', completed_at: now })
            .where('erasure_id', '=', erasureId)
            .execute();
          await publish('CustomerErased', { customerId, erasureId });
        });
      },
    }),
  ],
);

/** Orders with which something may still happen. */
const OPEN: ReadonlySet<string> = new Set(['pending', 'confirmed']);

function pauseMs(attempt: number): number {
  return Math.min(LOOK_LAST_MS, LOOK_FIRST_MS * LOOK_GROWTH ** Math.min(attempt - 1, 50));
}
