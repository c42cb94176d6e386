import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';
import { createSubscribers } from './subscribers.ts';

/** Days that every event is kept, also when every subscriber has passed it. */
export const EVENT_KEPT_DAYS = 7;
const DAY_MS = 24 * 3_600_000;
/** One batch of the sweep: a write transaction of a few milliseconds. */
const SWEEP_ROWS_MAX = 500;

/** How long events of a topic are kept, where that is longer than {@link EVENT_KEPT_DAYS}. In days. */
export type RetainDays = Readonly<Record<string, number>>;

/** Removes events from the log that have been kept long enough and that every subscriber has passed. */
export interface LogRetention {
  /** Removes one batch, each run in a transaction. */
  sweep(
    now: number,
    retain: RetainDays,
  ): Promise<{ readonly removed: number; readonly done: boolean }>;
}

/** Events that go together: one topic, or all that have no time of their own. */
interface Group {
  /** The fact in `portico_meta` that says what is gone. */
  readonly fact: string;
  readonly topic: string | undefined;
  readonly keptMs: number;
}

/**
 * The retention of the log behind a handle. Topics that are kept for longer are removed apart, and what is
 * gone is noted for each apart: a reader of theirs is not told of a gap that it doesn't have.
 */
export function createLogRetention(db: Kysely<PlatformTables>): LogRetention {
  return {
    async sweep(now, retain) {
      const passed = (await createSubscribers(db).list()).map(({ pos }) => pos);
      const upTo = Math.min(Number.MAX_SAFE_INTEGER, ...passed);
      const facts = await readFacts(db);
      const groups = await toGroups(db, facts, retain);
      let removed = 0;
      for (const group of groups) {
        removed += await sweepGroup(db, group, { groups, facts, upTo, before: now - group.keptMs });
      }
      return { removed, done: removed < SWEEP_ROWS_MAX };
    },
  };
}

type Facts = ReadonlyMap<string, number>;

async function readFacts(db: Kysely<PlatformTables>): Promise<Facts> {
  const rows = await db
    .selectFrom('portico_meta')
    .selectAll()
    .where('key', 'like', 'trimmed%')
    .execute();
  return new Map(rows.map(({ key, value }) => [key, Number(value)]));
}

/** A topic that was once kept longer stays apart: its rows are beyond what is gone of the others. */
async function toGroups(
  db: Kysely<PlatformTables>,
  facts: Facts,
  retain: RetainDays,
): Promise<readonly Group[]> {
  const longer = Object.keys(retain).filter((topic) => (retain[topic] ?? 0) > EVENT_KEPT_DAYS);
  const known = [...facts.keys()].filter((fact) => fact !== 'trimmed').map((fact) => fact.slice(8));
  for (const topic of longer) {
    if (!known.includes(topic)) await setFact(db, `trimmed:${topic}`, facts.get('trimmed') ?? 0);
  }
  const apart = [...new Set([...known, ...longer])].map((topic): Group => {
    const days = Math.max(EVENT_KEPT_DAYS, retain[topic] ?? 0);
    return { fact: `trimmed:${topic}`, topic, keptMs: days * DAY_MS };
  });
  return [{ fact: 'trimmed', topic: undefined, keptMs: EVENT_KEPT_DAYS * DAY_MS }, ...apart];
}

interface Limits {
  readonly groups: readonly Group[];
  readonly facts: Facts;
  readonly upTo: number;
  readonly before: number;
}

async function sweepGroup(
  db: Kysely<PlatformTables>,
  { fact, topic }: Group,
  { groups, facts, upTo, before }: Limits,
): Promise<number> {
  const apart = groups.flatMap((group) => (group.topic === undefined ? [] : [group.topic]));
  const from = facts.get(fact) ?? facts.get('trimmed') ?? 0;
  let query = db
    .selectFrom('portico_outbox')
    .select('pos')
    .where('pos', '>', from)
    .where('pos', '<=', upTo)
    .where('at', '<=', before);
  if (topic !== undefined) query = query.where('topic', '=', topic);
  else if (apart.length > 0) query = query.where('topic', 'not in', apart);
  const due = await query.orderBy('pos').limit(SWEEP_ROWS_MAX).execute();
  const last = due.at(-1);
  if (last === undefined) return 0;
  const positions = due.map(({ pos }) => pos);
  await db.deleteFrom('portico_outbox').where('pos', 'in', positions).execute();
  await setFact(db, fact, last.pos);
  return due.length;
}

async function setFact(db: Kysely<PlatformTables>, key: string, value: number): Promise<void> {
  const text = String(value);
  await db
    .insertInto('portico_meta')
    .values({ key, value: text })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: text }))
    .execute();
}
