import { PAGE_DEFAULT, parseCursor, toCursor } from '../../paging.ts';
import type { IdentityContext } from './config.ts';

import type { AccountRow, Db } from './tables.ts';

/** Accounts in the order of their ids, then one fact with the totals. */
export async function exportFacts(
  { limit = PAGE_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  { store, clock }: IdentityContext,
) {
  const [after = ''] = parseCursor(cursor, ['']) ?? [];
  const rows = await store
    .selectFrom('account')
    .selectAll()
    .where('account_id', '>', after)
    .orderBy('account_id')
    .limit(limit)
    .execute();
  const items = rows.map(toFact);
  const last = rows.at(-1);
  if (rows.length === limit && last) return { items, next: toCursor([last.account_id]) };
  return { items: [...items, await readTotals(store, clock.now())] };
}

function toFact(account: AccountRow) {
  const state =
    account.closed_at !== null ? 'closed' : account.locked_at !== null ? 'locked' : 'active';
  return {
    kind: 'account' as const,
    accountId: account.account_id,
    state: state as 'active' | 'locked' | 'closed',
    emailVerified: account.verified_at !== null,
  };
}

async function readTotals(db: Db, now: number) {
  const guests = await db
    .selectFrom('guest')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const sessions = await db
    .selectFrom('session')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return { kind: 'totals' as const, guests: guests.count, liveSessions: sessions.count };
}
