import type { InputOf } from '@portico/contract';
import type { Notifications } from '../../contracts/notifications.ts';
import { hashAddress } from '../../mail/email-address.ts';
import { toInstant } from '../../subject.ts';
import type { NotificationsContext } from './context.ts';

type Operations = (typeof Notifications)['operations'];

/** Puts an address on the list, or takes it off. One that is there keeps its time. */
export async function setSuppression(
  { email, suppressed }: InputOf<Operations['setSuppression']>,
  { transaction, clock }: NotificationsContext,
) {
  const hash = hashAddress(email);
  const now = clock.now();
  return transaction(async ({ db }) => {
    if (!suppressed) {
      await db.deleteFrom('suppression').where('address_hash', '=', hash).execute();
      return { suppressed };
    }
    await db
      .insertInto('suppression')
      .values({ address_hash: hash, since: now })
      .onConflict((conflict) => conflict.column('address_hash').doNothing())
      .execute();
    const { since } = await db
      .selectFrom('suppression')
      .select('since')
      .where('address_hash', '=', hash)
      .executeTakeFirstOrThrow();
    return { suppressed, since: toInstant(since) };
  });
}
