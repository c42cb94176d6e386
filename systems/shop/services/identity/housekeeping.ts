import type { IdentityContext } from './config.ts';

const DAY_MS = 24 * 3_600_000;
/** Mail is shown for a week, then it only takes room and holds links. */
const MAIL_KEPT_MS = 7 * DAY_MS;
const REQUESTS_KEPT_MS = 3_600_000;
/** Ended sessions are kept for a while: a stolen token used late still finds what it belonged to. */
const SESSIONS_KEPT_MS = 30 * DAY_MS;
/** Rows per table and run: writers wait while they are deleted. */
const BATCH = 500;

/** Removes what has ended. Each run takes a bounded batch; what is left goes next time. */
export async function sweep({ transaction, clock }: IdentityContext): Promise<void> {
  const now = clock.now();
  await transaction(async ({ db }) => {
    await db
      .deleteFrom('session')
      .where('session_id', 'in', (old) =>
        old
          .selectFrom('session')
          .select('session_id')
          .where('expires_at', '<', now - SESSIONS_KEPT_MS)
          .limit(BATCH),
      )
      .execute();
    await db
      .deleteFrom('email_token')
      .where('token_hash', 'in', (old) =>
        old
          .selectFrom('email_token')
          .select('token_hash')
          .where('expires_at', '<', now)
          .limit(BATCH),
      )
      .execute();
    await db
      .deleteFrom('mail')
      .where('mail_id', 'in', (old) =>
        old
          .selectFrom('mail')
          .select('mail_id')
          .where('created_at', '<', now - MAIL_KEPT_MS)
          .limit(BATCH),
      )
      .execute();
    await db
      .deleteFrom('mail_request')
      .where('request_id', 'in', (old) =>
        old
          .selectFrom('mail_request')
          .select('request_id')
          .where('created_at', '<', now - REQUESTS_KEPT_MS)
          .limit(BATCH),
      )
      .execute();
  });
}
