import type { NotificationsContext } from './context.ts';

const DAY_MS = 24 * 3_600_000;
/** What somebody was told can be looked up for so long; then only that it was told stays. */
const MAIL_KEPT_MS = 90 * DAY_MS;
/** Rows per run: writers wait while they are deleted. */
const BATCH = 500;

/** Removes old mails with the addresses they hold. Each run takes a bounded batch. */
export async function sweepMail({ transaction, clock }: NotificationsContext): Promise<void> {
  const before = clock.now() - MAIL_KEPT_MS;
  await transaction(async ({ db }) => {
    await db
      .deleteFrom('mail')
      .where('mail_id', 'in', (old) =>
        old.selectFrom('mail').select('mail_id').where('created_at', '<', before).limit(BATCH),
      )
      .execute();
  });
}
