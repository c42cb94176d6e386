import type { InputOf, OutputOf } from '@portico/contract';
import type { Notifications } from '../../contracts/notifications.ts';
import type { MailRow } from '../../mail/mail-table.ts';
import { PAGE_DEFAULT, parseCursor, toCursor, toPage } from '../../paging.ts';
import { present, toInstant } from '../../subject.ts';
import type { Db, MessageRow } from './tables.ts';

type Operations = (typeof Notifications)['operations'];
type Page = OutputOf<Operations['listMessages']>;
type State = Page['items'][number]['state'];
type Facts = OutputOf<Operations['exportFacts']>;

/** More than anybody was ever told; whoever has more gets the newest. */
const EXPORTED_MAX = 1_000;

/** A message with what became of its mail. */
type Row = Pick<MessageRow, 'message_id' | 'template' | 'channel' | 'end' | 'order_id'> &
  Pick<MessageRow, 'created_at' | 'event_id'> &
  Partial<Record<keyof Pick<MailRow, 'recipient' | 'title' | 'text'>, string | null>> & {
    readonly state: MailRow['state'] | null;
    readonly attempts: number | null;
    readonly sent_at: number | null;
  };

/** Messages that fit all criteria, newest first. */
export async function listMessages(
  { orderId, state, template, limit = PAGE_DEFAULT, cursor }: InputOf<Operations['listMessages']>,
  { store }: { readonly store: Db },
): Promise<Page> {
  let query = select(store);
  const position = parseCursor(cursor, [0, ''] as [number, string]);
  if (position) {
    query = query.where((eb) =>
      eb(eb.refTuple('message.created_at', 'message.message_id'), '<', eb.tuple(...position)),
    );
  }
  if (orderId !== undefined) query = query.where('message.order_id', '=', orderId);
  if (template !== undefined) query = query.where('message.template', '=', template);
  if (state === 'suppressed' || state === 'erased') query = query.where('message.end', '=', state);
  else if (state !== undefined) {
    query = query.where('message.end', '=', 'mailed').where('mail.state', 'in', MAIL_STATES[state]);
  }
  const rows = await query.limit(limit + 1).execute();
  return toPage(rows, limit, {
    item: (row) => ({ ...toMessage(row), attempts: row.attempts ?? 0 }),
    position: (row) => [row.created_at, row.message_id],
  });
}

/** Everything that one person was told. */
export async function exportSubject(
  { subject }: InputOf<Operations['exportSubject']>,
  { store }: { readonly store: Db },
): Promise<OutputOf<Operations['exportSubject']>> {
  const rows = await select(store)
    .where('message.subject', '=', subject)
    .limit(EXPORTED_MAX)
    .execute();
  return {
    messages: rows.map((row) => ({
      ...toMessage(row),
      ...present('title', row.title),
      ...present('text', row.text),
    })),
  };
}

/** Messages in the order of their ids, then one fact with the number of suppressed addresses. */
export async function exportFacts(
  { limit = PAGE_DEFAULT, cursor }: InputOf<Operations['exportFacts']>,
  { store }: { readonly store: Db },
): Promise<Facts> {
  const [after = ''] = parseCursor(cursor, ['']) ?? [];
  const rows = await select(store)
    .clearOrderBy()
    .where('message.message_id', '>', after)
    .orderBy('message.message_id')
    .limit(limit)
    .execute();
  const items: Facts['items'] = rows.map((row) => ({
    kind: 'message' as const,
    ...{ messageId: row.message_id, eventId: row.event_id, template: row.template },
    ...{ channel: row.channel, state: toState(row), ...present('orderId', row.order_id) },
  }));
  const last = rows.at(-1);
  if (rows.length === limit && last) return { items, next: toCursor([last.message_id]) };
  const { count } = await store
    .selectFrom('suppression')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return { items: [...items, { kind: 'suppressions', count }] };
}

const MAIL_STATES = {
  pending: ['due'],
  sent: ['kept', 'sent'],
  failed: ['failed'],
} as const satisfies Partial<Record<State, readonly MailRow['state'][]>>;

function select(db: Db) {
  return db
    .selectFrom('message')
    .leftJoin('mail', 'mail.mail_id', 'message.mail_id')
    .select(['message.message_id', 'message.event_id', 'message.template', 'message.channel'])
    .select(['message.end', 'message.order_id', 'message.created_at'])
    .select(['mail.state', 'mail.attempts', 'mail.sent_at'])
    .select(['mail.recipient', 'mail.title', 'mail.text'])
    .orderBy('message.created_at', 'desc')
    .orderBy('message.message_id', 'desc');
}

function toMessage(row: Row) {
  const sentAt = row.state === 'kept' ? row.created_at : row.sent_at;
  return {
    messageId: row.message_id,
    template: row.template,
    channel: row.channel,
    state: toState(row),
    ...present('orderId', row.order_id),
    ...present('recipient', row.recipient),
    createdAt: toInstant(row.created_at),
    ...(sentAt === null ? {} : { sentAt: toInstant(sentAt) }),
  };
}

/** Mails are swept after a while: what was handed over and is gone was sent. */
function toState({ end, state }: Row): State {
  if (end !== 'mailed') return end;
  if (state === 'due') return 'pending';
  return state === 'failed' ? 'failed' : 'sent';
}
