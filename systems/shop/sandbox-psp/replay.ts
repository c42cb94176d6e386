import type { DatabaseSync } from 'node:sqlite';
import { Problem } from './problem.ts';

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Whether it was given before, under the same key. */
  readonly replayed?: boolean;
}

/**
 * Answers a repeated request with the first one's answer. Runs inside the transaction of the effect,
 * so that an effect without its answer, or an answer without its effect, can't be kept.
 */
export function replayed(
  database: DatabaseSync,
  request: { readonly key: string | undefined; readonly path: string; readonly body: string },
  run: () => Answer,
): Answer {
  if (!request.key) {
    throw new Problem(400, 'key_missing', 'Send an Idempotency-Key with each request that pays.');
  }
  const fingerprint = `${request.path}\n${request.body}`;
  const kept = database.prepare('SELECT * FROM reply WHERE key = ?').get(request.key);
  if (kept) {
    if (kept.request !== fingerprint) {
      throw new Problem(422, 'key_reused', 'This Idempotency-Key was used for another request.');
    }
    return { status: Number(kept.status), body: String(kept.body), replayed: true };
  }
  const answer = run();
  database
    .prepare('INSERT INTO reply (key, request, status, body) VALUES (?, ?, ?, ?)')
    .run(request.key, fingerprint, answer.status, answer.body);
  return answer;
}
