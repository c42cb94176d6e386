import { createHmac, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from './payments.ts';

/** Where events are sent, and the key that signs them (`whsec_` and base64, as Standard Webhooks writes it). */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** Seconds between the attempts; after the last one the event is given up. */
const RETRY_SECONDS = [1, 5, 30, 300, 1800] as const;
/** A receiver that takes longer has not answered. */
const TIMEOUT_MS = 15_000;
/** How often due deliveries are looked for. */
const SWEEP_MS = 500;
/** Deliveries under way at once. */
const BATCH = 20;

/** The signature of one delivery (Standard Webhooks, "Signature scheme"): `v1,` and HMAC-SHA256 in base64. */
export function sign(
  secret: string,
  message: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  const { id, timestamp, body } = message;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

/** Sends events of the ledger to the shop, at least once, in no promised order. */
export function createWebhooks(database: DatabaseSync, now: () => number, target?: WebhookTarget) {
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();
  let sweeping: Promise<void> | undefined;

  const deliver = async (row: { id: string; body: string; attempts: number }) => {
    if (!target) return;
    const timestamp = Math.floor(now() / 1000);
    const status = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': row.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(target.secret, { ...row, timestamp }),
      },
      body: row.body,
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    if (stopping.signal.aborted) return;
    const arrived = status >= 200 && status < 300;
    const pause = RETRY_SECONDS[row.attempts];
    const next = arrived || pause === undefined ? null : now() + pause * 1000;
    database
      .prepare(
        'UPDATE delivery SET attempts = attempts + 1, next_at = ?, last_status = ? WHERE id = ?',
      )
      .run(next, status, row.id);
  };

  const sweep = async () => {
    const due = database
      .prepare(
        `SELECT id, body, attempts FROM delivery WHERE next_at IS NOT NULL AND next_at <= ?
         ORDER BY next_at LIMIT ?`,
      )
      .all(now(), BATCH);
    await Promise.all(due.map((row) => deliver(row as never)));
  };

  return {
    /** Keeps an event for delivery, in the transaction of what it tells of. */
    enqueue(notice: Notice): void {
      if (!target) return;
      const body = JSON.stringify({
        type: notice.type,
        timestamp: new Date(now()).toISOString(),
        data: {
          paymentId: notice.payment.id,
          reference: notice.payment.reference,
          state: notice.payment.state,
        },
      });
      database
        .prepare('INSERT INTO delivery (id, body, next_at) VALUES (?, ?, ?)')
        .run(`evt_${randomUUID()}`, body, now());
    },

    /** Looks for due deliveries from now on. */
    start(): void {
      timer = setInterval(() => {
        sweeping ??= sweep().finally(() => {
          sweeping = undefined;
        });
      }, SWEEP_MS);
      timer.unref();
    },

    /** Ends deliveries; those under way are tried again after the next start. */
    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await sweeping;
    },
  };
}
