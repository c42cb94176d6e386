import type { EventFacts } from './facts.ts';
import type { StoreReader } from './store-reader.ts';

/** Of these events the invariants know how often there must be one. */
const COUNTED = [
  'orders.OrderPlaced',
  'orders.OrderConfirmed',
  'orders.OrderFailed',
  'orders.OrderCancelled',
  'orders.OrderCompleted',
  'orders.OrderPaid',
  'payments.PaymentCaptured',
  'payments.PaymentRefunded',
];

/** What one service's file says of its log and of what it has heard from others. */
export function readEvents(service: string, store: StoreReader): EventFacts {
  const [log] = store.rows(
    'SELECT coalesce(max(pos), 0) AS head, count(*) AS n FROM portico_outbox',
  );
  const [meta] = store.rows(
    `SELECT count(*) AS n FROM portico_meta WHERE key LIKE 'trimmed%' AND CAST(value AS INTEGER) > 0`,
  );
  const topics = COUNTED.map((topic) => `'${topic}'`).join(', ');
  const counts = store.rows(
    `SELECT topic, key, count(*) AS n FROM portico_outbox WHERE topic IN (${topics})
     GROUP BY topic, key ORDER BY topic, key`,
  );
  const newest = store
    .rows('SELECT topic, max(pos) AS head FROM portico_outbox GROUP BY topic ORDER BY topic')
    .map((row) => [row.text('topic'), row.number('head')] as const);
  const aside = (table: string) =>
    store.rows(`SELECT consumer, topic, key FROM ${table} ORDER BY consumer, pos`).map((row) => ({
      consumer: row.text('consumer'),
      topic: row.text('topic'),
      key: row.text('key'),
    }));
  return {
    logs: [
      {
        service,
        head: log?.number('head') ?? 0,
        events: log?.number('n') ?? 0,
        trimmed: (meta?.number('n') ?? 0) > 0,
        newest: Object.fromEntries(newest),
      },
    ],
    cursors: store.rows('SELECT * FROM portico_cursor ORDER BY consumer, producer').map((row) => ({
      consumer: row.text('consumer'),
      producer: row.text('producer'),
      pos: row.number('pos'),
    })),
    counts: counts.map((row) => ({
      topic: row.text('topic'),
      key: row.text('key'),
      count: row.number('n'),
    })),
    parked: aside('portico_parked'),
    deadLetters: aside('portico_dead_letter'),
  };
}

/** The facts of all services as one. */
export function joinEvents(all: readonly EventFacts[]): EventFacts {
  return {
    logs: all.flatMap(({ logs }) => logs),
    cursors: all.flatMap(({ cursors }) => cursors),
    counts: all.flatMap(({ counts }) => counts),
    parked: all.flatMap(({ parked }) => parked),
    deadLetters: all.flatMap(({ deadLetters }) => deadLetters),
  };
}
