import { UsageError } from './command.ts';

/** Where the admin listener is unless `--admin` says otherwise. */
const ADMIN_ORIGIN = 'http://127.0.0.1:7400';
/** An operation may take 10 s; longer says that nothing answers any more. */
const ANSWER_MS = 15_000;

/** A request to the operator API. */
export interface OperatorRequest {
  /** Below `/operator/v1`; see {@link toPath}. */
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: object;
  /** `--admin`. */
  readonly admin: string | undefined;
}

/** The parts of a path, each as one segment. */
export function toPath(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

/**
 * Calls the operator of a running system as the holder of the key in `PORTICO_KEY`; an argument would
 * be seen by every user of the machine.
 *
 * @throws {UsageError} without a key.
 * @throws {Error} saying what to do when nothing answers there, or the answer is a refusal.
 */
export async function callOperator({ path, body, admin = ADMIN_ORIGIN }: OperatorRequest) {
  const key = process.env.PORTICO_KEY;
  if (!key) {
    const how = 'portico keys create SYSTEM operator --permissions portico:read,portico:operate';
    throw new UsageError(`PORTICO_KEY is not set; make a key with: ${how}`);
  }
  if (!URL.canParse(admin)) throw new UsageError(`--admin "${admin}" is not an address`);
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const url = new URL(`/operator/v1${path}`, admin);
  const signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await fetch(url, { headers, signal, ...post }).catch((problem: Error) => {
    const { message } = (problem.cause ?? problem) as Error;
    throw new Error(`Nothing answers at ${admin} (${message}). Is it running? See --admin.`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(toMessage(answer.status, text));
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What a problem document (RFC 9457) says, for people. */
function toMessage(status: number, text: string): string {
  if (status === 401) return 'The key in PORTICO_KEY is not accepted (401).';
  if (status === 403) {
    return 'The key in PORTICO_KEY may not do this (403): it needs portico:read to look, portico:operate to change.';
  }
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return `${detail ?? title ?? text} (${status})`;
  } catch {
    return `The admin listener answered ${status}.`;
  }
}
