import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Faults } from './faults.ts';
import type { Notice } from './payments.ts';
import { type Dialect, toBody, toHeaders } from './webhook-dialects.ts';

/** Where events are sent, and the key that signs them (`whsec_` and base64, as Standard Webhooks writes it). */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  /** How events are written and signed; the sandbox's own way when absent. */
  readonly dialect?: Dialect;
}

/** Seconds between the attempts; after the last one the event is given up. */
const RETRY_SECONDS = [1, 5, 30, 300, 1800] as const;
/** A receiver that takes longer has not answered. */
const TIMEOUT_MS = 15_000;
/** How often due messages are looked for. */
const SWEEP_MS = 500;
/** Messages under way at once. */
const BATCH = 20;
/** An answer waits no longer for the event that overtakes it: its receiver may be waiting for the answer. */
const EARLY_MS = 2_000;

interface Message {
  readonly seq: number;
  readonly event: string;
  readonly body: string;
  readonly attempts: number;
  /** Unix time in ms of the signature, when it was recorded. */
  readonly signed_at: number | null;
  readonly forged: number;
  readonly replay_ms: number | null;
}

/** Sends events of the ledger to the shop, at least once, in no promised order. */
export function createWebhooks(spec: {
  readonly database: DatabaseSync;
  readonly now: () => number;
  readonly faults: Faults;
  readonly target?: WebhookTarget | undefined;
}) {
  const { database, now, faults, target } = spec;
  const stopping = new AbortController();
  const underWay = new Set<number>();
  const sending = new Set<Promise<unknown>>();
  let early: number[] = [];
  let timer: NodeJS.Timeout | undefined;

  const keep = (values: Partial<Message> & { nextAt: number | null; held?: number }): number => {
    const { event = '', body = '', nextAt, signed_at = null, forged = 0, held = 0 } = values;
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO message (event, body, next_at, signed_at, forged, held, replay_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(event, body, nextAt, signed_at, forged, held, values.replay_ms ?? null);
    return Number(lastInsertRowid);
  };

  const deliver = async (message: Message) => {
    if (!target || underWay.has(message.seq)) return;
    underWay.add(message.seq);
    const signedAt = message.signed_at ?? now();
    const status = await post(target, { ...message, signedAt }, stopping.signal);
    underWay.delete(message.seq);
    if (stopping.signal.aborted) return;
    const arrived = status >= 200 && status < 300;
    // What is forged or replayed is meant to be refused.
    const once = message.forged === 1 || message.signed_at !== null;
    const pause = RETRY_SECONDS[message.attempts];
    const next = arrived || once || pause === undefined ? null : now() + pause * 1000;
    database
      .prepare(
        'UPDATE message SET attempts = attempts + 1, next_at = ?, last_status = ? WHERE seq = ?',
      )
      .run(next, status, message.seq);
    if (!arrived) return;
    if (message.replay_ms !== null) {
      keep({ ...message, replay_ms: null, signed_at: signedAt, nextAt: now() + message.replay_ms });
    }
    database
      .prepare('UPDATE message SET held = 0, next_at = ? WHERE held = 1 AND seq < ?')
      .run(now(), message.seq);
  };

  const send = (message: Message): Promise<void> => {
    const sent = deliver(message).finally(() => sending.delete(sent));
    sending.add(sent);
    return sent;
  };

  const sweep = async (): Promise<number> => {
    const due = database
      .prepare('SELECT * FROM message WHERE next_at <= ? ORDER BY next_at, seq LIMIT ?')
      .all(now(), BATCH) as unknown as Message[];
    const free = due.filter(({ seq }) => !underWay.has(seq));
    await Promise.all(free.map(send));
    return free.length;
  };

  return {
    /** Keeps an event for sending, in the transaction of what it tells of. */
    enqueue(notice: Notice): void {
      if (!target) return;
      const { last4 } = notice.payment.card;
      const take = (kind: Parameters<Faults['take']>[0]) => faults.take(kind, last4);
      const event = `evt_${randomUUID()}`;
      const dialect = target.dialect ?? 'sandbox';
      const body = toBody(dialect, notice, { event, now: now(), database });
      if (take('webhook-forged')) {
        keep({ event: `evt_${randomUUID()}`, body, nextAt: now(), forged: 1 });
      }
      if (take('webhook-lost')) {
        keep({ event, body, nextAt: null });
        return;
      }
      const late = take('webhook-late')?.ms ?? 0;
      const held = take('webhook-reordered')?.ms;
      const replay_ms = take('webhook-replayed')?.ms ?? null;
      if (take('webhook-early')) {
        early.push(keep({ event, body, nextAt: now() + TIMEOUT_MS, replay_ms }));
        return;
      }
      const nextAt = now() + late + (held ?? 0);
      keep({ event, body, nextAt, held: held === undefined ? 0 : 1, replay_ms });
      if (take('webhook-duplicate')) keep({ event, body, nextAt: now() + late });
    },

    /** Sends the events that are to arrive before the answer to the request that caused them. */
    async overtake(): Promise<void> {
      const ahead = early;
      early = [];
      const messages = ahead.map(
        (seq) => database.prepare('SELECT * FROM message WHERE seq = ?').get(seq) as never,
      );
      if (messages.length === 0) return;
      let longest: NodeJS.Timeout | undefined;
      const waited = new Promise<void>((resolve) => {
        longest = setTimeout(resolve, EARLY_MS);
      });
      await Promise.race([Promise.all(messages.map(send)), waited]);
      clearTimeout(longest);
    },

    /** Sends what is due, until nothing is. */
    async flush(): Promise<void> {
      do await Promise.allSettled(sending);
      while ((await sweep()) > 0);
    },

    /** Looks for due messages from now on. */
    start(): void {
      timer = setInterval(() => void sweep(), SWEEP_MS);
      timer.unref();
    },

    /** Ends sending; what is under way is tried again after the next start. */
    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await Promise.allSettled(sending);
    },
  };
}

/** Sends one message; the status of the answer, 0 when there was none. */
async function post(
  target: WebhookTarget,
  message: Message & { readonly signedAt: number },
  stopping: AbortSignal,
): Promise<number> {
  const { event, body, signedAt, forged } = message;
  const forgery = `whsec_${Buffer.from(`not the key of ${event}`).toString('base64')}`;
  const signed = { id: event, timestamp: Math.floor(signedAt / 1000), body };
  const secret = forged === 1 ? forgery : target.secret;
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...toHeaders(target.dialect ?? 'sandbox', secret, signed),
      },
      body,
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
