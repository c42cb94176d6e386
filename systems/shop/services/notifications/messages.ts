import { hashAddress } from '../../mail/email-address.ts';
import { createMailPort } from '../../mail/mail-port.ts';
import { toMailDb } from '../../mail/mail-table.ts';
import type { NotificationsContext } from './context.ts';
import type { Db, MessageRow, Template } from './tables.ts';
import { formatWords, type TemplateFields } from './templates.ts';

/** What one event tells somebody. */
export interface Telling {
  readonly eventId: string;
  readonly template: Template;
  readonly orderId?: string;
  /** Nobody where the reader was erased meanwhile. */
  readonly reader?: { readonly subject: string; readonly email: string } | undefined;
  readonly fields: TemplateFields;
}

/**
 * Keeps the message of an event and hands its mail over, in the one transaction of its handler. A second
 * message of the same event is not written, whoever handles the event again.
 */
export async function tell(context: NotificationsContext, telling: Telling): Promise<void> {
  const { ids, clock } = context;
  const { eventId, template, orderId, reader, fields } = telling;
  const row = {
    message_id: ids.prefixed('msg'),
    event_id: eventId,
    channel: 'email',
    template,
    order_id: orderId ?? null,
    created_at: clock.now(),
  } as const;
  await context.transaction(async ({ db }) => {
    if (await isTold(db, eventId)) return;
    const end = await endOf(db, reader);
    if (reader === undefined || end === 'erased') return keep(db, { ...row, end: 'erased' });
    const named = { ...row, subject: reader.subject };
    if (end === 'suppressed') return keep(db, { ...named, end });
    const { subject: accountId, email: recipient } = reader;
    const mail = { accountId, recipient, template, ...formatWords(template, fields) };
    const mailId = await createMailPort(context).send(toMailDb(db), mail);
    await keep(db, { ...named, end, mail_id: mailId });
  });
}

async function keep(
  db: Db,
  row: Omit<MessageRow, 'subject' | 'mail_id'> & Partial<MessageRow>,
): Promise<void> {
  await db
    .insertInto('message')
    .values({ subject: '', mail_id: null, ...row })
    .execute();
}

async function isTold(db: Db, eventId: string): Promise<boolean> {
  const found = await db
    .selectFrom('message')
    .select('message_id')
    .where('event_id', '=', eventId)
    .where('channel', '=', 'email')
    .executeTakeFirst();
  return found !== undefined;
}

/** What becomes of a message to `reader` now. */
async function endOf(db: Db, reader: Telling['reader']): Promise<MessageRow['end']> {
  if (!reader) return 'erased';
  const erased = await db
    .selectFrom('erased')
    .select('subject')
    .where('subject', '=', reader.subject)
    .executeTakeFirst();
  if (erased) return 'erased';
  const suppressed = await db
    .selectFrom('suppression')
    .select('since')
    .where('address_hash', '=', hashAddress(reader.email))
    .executeTakeFirst();
  return suppressed ? 'suppressed' : 'mailed';
}
