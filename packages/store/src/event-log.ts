import type { Insertable, Kysely } from 'kysely';
import type { OutboxTable, PlatformTables } from './platform-tables.ts';
import { prepared, preparedList } from './prepared-query.ts';

/** Events that one reading answers with at most: a batch of a consumer. */
export const LOG_PAGE_MAX = 256;
/**
 * Positions that one reading looks at: topics nobody asks for must not stop the event loop for longer
 * than some milliseconds.
 */
export const LOG_SCAN_MAX = 4_096;

/** What the runtime says of an event to be published. */
export interface OutgoingEvent {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** CloudEvents 1.0, structured JSON. */
  readonly envelope: string;
}

/** An event as it stands in the log. */
export interface LoggedEvent {
  readonly pos: number;
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** CloudEvents 1.0, structured JSON, with `pos` and `logid`. */
  readonly envelope: string;
  /** Unix time in ms. */
  readonly at: number;
}

/** What a reader asks for. */
export interface LogQuery {
  readonly topics: readonly string[];
  readonly after: number;
  /** At most {@link LOG_PAGE_MAX}. */
  readonly limit: number;
}

/** What a reader gets. */
export interface LogPage {
  readonly logId: string;
  readonly events: readonly LoggedEvent[];
  /** Everything of these topics up to here is in `events`. Never below the query's `after`. */
  readonly through: number;
  /** The newest position of the log. */
  readonly head: number;
  /** The newest position that has been removed from these topics: beyond it nothing is missing. */
  readonly trimmed: number;
}

/** The log of a store's events, on one of its connections. */
export interface EventLog {
  /** Puts an event at its end, in the transaction of the effect. `now`: Unix time in ms. */
  append(event: OutgoingEvent, now: number): Promise<void>;
  /** Looks at the next {@link LOG_SCAN_MAX} positions. */
  read(query: LogQuery): Promise<LogPage>;
}

const insert = prepared(
  (db: Kysely<PlatformTables>, { id, topic, key, envelope, at }: Insertable<OutboxTable>) =>
    db.insertInto('portico_outbox').values({ id, topic, key, envelope, at }),
);

const newest = prepared((db: Kysely<PlatformTables>) =>
  db.selectFrom('portico_outbox').select(({ fn }) => fn.max('pos').as('pos')),
);

const bounds = prepared((db: Kysely<PlatformTables>) =>
  db
    .selectFrom('portico_meta')
    .selectAll()
    .where(({ eb, or }) => or([eb('key', '=', 'logId'), eb.between('key', 'trimmed', 'trimmed;')])),
);

/** Positions to be looked at. */
interface Stretch {
  readonly after: number;
  readonly until: number;
}

const select = preparedList(
  (db: Kysely<PlatformTables>, { after, until }: Stretch, { list, limit }) =>
    db
      .selectFrom('portico_outbox')
      .select(['pos', 'id', 'topic', 'key', 'envelope', 'at'])
      .where('pos', '>', after)
      .where('pos', '<=', until)
      .where('topic', 'in', list)
      .orderBy('pos')
      .limit(limit),
);

/** The event log behind a handle. */
export function createEventLog(db: Kysely<PlatformTables>): EventLog {
  return {
    async append({ id, topic, key, envelope }, now) {
      await insert(db, { id, topic, key, envelope, at: now });
    },
    async read(query) {
      // In this order: what is committed below the head is seen, and what was removed meanwhile is known.
      const { rows } = await newest(db, {});
      const last = Number(rows[0]?.pos ?? 0);
      const { after, limit, topics } = query;
      const until = Math.min(Math.max(last, after), after + LOG_SCAN_MAX);
      const found =
        topics.length > 0 && until > after
          ? (await select(db, { after, until }, { list: topics, limit })).rows
          : [];
      const { rows: facts } = await bounds(db, {});
      const { logId, trimmed, removed } = toBounds(facts, topics);
      const events = found.map((row) => ({ ...row, envelope: complete(row, logId) }));
      const through = found.length < query.limit ? until : (found.at(-1)?.pos ?? until);
      return { logId, events, through, head: Math.max(last, removed), trimmed };
    },
  };
}

/** `removed` of any topic, `trimmed` of those asked for. */
function toBounds(
  rows: readonly { readonly key: string; readonly value: string }[],
  topics: readonly string[],
) {
  const facts = new Map(rows.map(({ key, value }) => [key, value]));
  const { trimmed, removed } = toTrimmed(facts, topics);
  return { logId: facts.get('logId') ?? '', trimmed, removed };
}

function toTrimmed(facts: ReadonlyMap<string, string>, topics: readonly string[]) {
  const general = Number(facts.get('trimmed') ?? 0);
  const of = (topic: string) => Number(facts.get(`trimmed:${topic}`) ?? general);
  const all = [...facts].filter(([key]) => key !== 'logId').map(([, value]) => Number(value));
  return { trimmed: Math.max(0, ...topics.map(of)), removed: Math.max(0, ...all) };
}

/**
 * The envelope with its place in the log, known only since the commit. `pos` is text: integers of
 * CloudEvents have 32 bits (CloudEvents 1.0 §3.1, type system).
 */
function complete({ envelope, pos }: { envelope: string; pos: number }, logId: string): string {
  const end = envelope.lastIndexOf('}');
  const comma = envelope.slice(0, end).trimEnd() === '{' ? '' : ',';
  return `${envelope.slice(0, end)}${comma}"pos":"${pos}","logid":"${logId}"}`;
}
