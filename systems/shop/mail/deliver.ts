import type { Kysely } from 'kysely';
import type { MailContext } from './mail-port.ts';
import { type MailRow, toMailDb } from './mail-table.ts';
import { MailRefused, sendBySmtp } from './smtp.ts';

/** Mails of one run: a run ends well before its job's time is over. */
const BATCH = 20;
const MINUTE_MS = 60_000;
/** Pauses between attempts: a server that is down for a night loses no mail. Then it is given up. */
const PAUSES_MS = [1, 5, 15, 60, 180, 360, 720].map((minutes) => minutes * MINUTE_MS);

/** What a delivery needs of a job's context. */
export interface DeliveryContext<Tables> extends Pick<MailContext, 'clock' | 'config'> {
  readonly store: Kysely<Tables>;
  readonly transaction: (
    work: (transaction: { readonly db: Kysely<Tables> }) => Promise<void>,
  ) => Promise<void>;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}

/**
 * Sends what is due, one mail after the other. An attempt is counted before it is made: a mail that takes
 * its process with it is not tried without end. A mail whose answer was lost is sent again under the same
 * Message-ID, by which mail programs show it once.
 */
export async function deliverMail<Tables extends { mail: MailRow }>(
  context: DeliveryContext<Tables>,
): Promise<void> {
  const { config, clock, signal, log } = context;
  const { smtp } = config;
  if (!smtp) return;
  const change: Change = ({ mail_id }, fields) =>
    context.transaction(async ({ db }) => {
      // One that is still there: it may have been erased while it was sent.
      await toMailDb(db)
        .updateTable('mail')
        .set(fields)
        .where('mail_id', '=', mail_id)
        .where('state', '=', 'due')
        .execute();
    });
  const due = await toMailDb(context.store)
    .selectFrom('mail')
    .selectAll()
    .where('state', '=', 'due')
    .where('next_at', '<=', clock.now())
    .orderBy('next_at')
    .orderBy('mail_id')
    .limit(BATCH)
    .execute();
  for (const mail of due) {
    if (signal.aborted) return;
    const pauseMs = PAUSES_MS[mail.attempts];
    await change(mail, {
      attempts: mail.attempts + 1,
      next_at: clock.now() + (pauseMs ?? 0),
    });
    const problem = await attempt(() => sendBySmtp(smtp, mail));
    if (problem === undefined) {
      await change(mail, { state: 'sent', next_at: null, sent_at: clock.now() });
      continue;
    }
    const isOver = problem instanceof MailRefused || pauseMs === undefined;
    if (isOver) await change(mail, { state: 'failed', next_at: null });
    const fields = { mailId: mail.mail_id, template: mail.template, attempt: mail.attempts + 1 };
    // The server's words may quote the recipient; the log holds nobody's address.
    const code = problem instanceof MailRefused ? problem.code : 'unreachable';
    log.warn({ ...fields, code, isOver }, 'A mail was not taken.');
  }
}

type Change = (mail: MailRow, fields: Partial<MailRow>) => Promise<void>;

async function attempt(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('Nothing was thrown.');
  }
}
