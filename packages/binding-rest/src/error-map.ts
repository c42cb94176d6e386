import type { Failure, FailureClass, Operation, RejectionCode } from '@portico/contract';
import type { HttpReply } from '@portico/service/spi';

/** What a kind of failure is over HTTP. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** Every code of a `REJECTED` call. The type makes a new code impossible to forget. */
export const REJECTIONS: Readonly<Record<RejectionCode, ProblemKind>> = {
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not permitted' },
  malformed: { status: 400, title: 'Malformed request' },
  invalid: { status: 400, title: 'Invalid input' },
  'unknown-operation': { status: 404, title: 'Not found' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'not-acceptable': { status: 406, title: 'Not acceptable' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'precondition-missing': { status: 428, title: 'Precondition required' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'key-missing': { status: 400, title: 'Idempotency key missing' },
  'key-in-flight': { status: 409, title: 'Request still in progress' },
  'key-mismatch': { status: 422, title: 'Idempotency key used for another request' },
  'too-large': { status: 413, title: 'Content too large' },
  'headers-too-large': { status: 431, title: 'Header fields too large' },
  'too-slow': { status: 408, title: 'Request too slow' },
  'target-too-long': { status: 414, title: 'Request target too long' },
};

/** Every other way a call can fail; `APP` is mapped by what the contract declares. */
export const CLASSES: Readonly<Record<Exclude<FailureClass, 'REJECTED' | 'APP'>, ProblemKind>> = {
  NOT_SENT: { status: 503, title: 'Service unavailable' },
  REFUSED: { status: 503, title: 'Service unavailable' },
  OVERLOADED: { status: 503, title: 'Overloaded' },
  DEADLINE: { status: 504, title: 'Out of time' },
  UNAVAILABLE: { status: 503, title: 'Service unavailable' },
  CANCELLED: { status: 499, title: 'Cancelled by the client' },
  BUG: { status: 500, title: 'Internal error' },
};

/** Codes of `OVERLOADED` that mean the consumer's own limit, not our load. */
export const LIMIT_CODES: ReadonlySet<string> = new Set([
  'rate-limited',
  'quota-exceeded',
  'concurrency-exceeded',
  'credentials-throttled',
]);

const LIMITED: ProblemKind = { status: 429, title: 'Too many requests' };
const UNKNOWN_OUTCOME: ProblemKind = { status: 500, title: 'Outcome unknown' };
/** A code newer than this binding: still the caller's fault. */
const OTHER_REJECTION: ProblemKind = { status: 400, title: 'Request refused' };

/** Shown instead of a message that may tell about our insides. */
const PUBLIC_DETAIL: Readonly<Partial<Record<FailureClass, string>>> = {
  NOT_SENT: 'The service cannot be reached now. Nothing was done; try again.',
  REFUSED: 'The service cannot take the request now. Nothing was done; try again.',
  DEADLINE: 'No answer came in time.',
  UNAVAILABLE: 'The connection to the service was lost. Try again.',
  BUG: 'The service failed unexpectedly.',
};
const UNKNOWN_OUTCOME_DETAIL =
  'The connection to the service was lost. Whether the operation took effect is not known.';

/** Seconds to wait when nothing was done and the next replica may already be there. */
const RETRY_SOON_SECONDS = 1;

/** What the mapping has to know beside the failure. */
export interface ProblemContext {
  readonly requestId: string;
  /** The operation that failed, when the request reached one. */
  readonly operation?: Operation | undefined;
  /** Values of `WWW-Authenticate` for a 401 (RFC 9110 §11.6.1). */
  readonly challenges: readonly string[];
}

/**
 * The answer to a failed request: `application/problem+json` (RFC 9457), never with internals. The
 * error's data become members (§3.2); the reserved names win over data of the same name.
 */
export function toReply(failure: Failure, context: ProblemContext): HttpReply {
  const kind = kindOf(failure, context.operation);
  const headers: Record<string, string | readonly string[]> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  };
  if (kind.status === 401) headers['www-authenticate'] = context.challenges;
  if (kind.status === 405) headers.allow = (failure.details.allow ?? []).join(', ');
  const retryAfter = retryAfterSeconds(failure, kind);
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return { status: kind.status, headers, body: JSON.stringify(toProblem(failure, kind, context)) };
}

function kindOf(failure: Failure, operation: Operation | undefined): ProblemKind {
  if (failure.class === 'REJECTED') {
    return Object.hasOwn(REJECTIONS, failure.code)
      ? REJECTIONS[failure.code as RejectionCode]
      : OTHER_REJECTION;
  }
  if (failure.class === 'APP') {
    const declared = operation?.errors[failure.details.name ?? failure.code];
    const status = declared?.status ?? failure.details.status ?? CLASSES.BUG.status;
    return { status, title: declared?.summary ?? failure.message };
  }
  if (failure.class === 'OVERLOADED' && LIMIT_CODES.has(failure.code)) return LIMITED;
  if (isUnknownOutcome(failure, operation)) return UNKNOWN_OUTCOME;
  return CLASSES[failure.class];
}

/** Sent, and the connection died: without knowing the operation, nobody may promise a repetition. */
function isUnknownOutcome(failure: Failure, operation: Operation | undefined): boolean {
  return failure.class === 'UNAVAILABLE' && operation?.effect === 'unsafe';
}

function retryAfterSeconds(failure: Failure, kind: ProblemKind): number | undefined {
  const { retryAfterMs } = failure.details;
  if (retryAfterMs !== undefined) return Math.max(1, Math.ceil(retryAfterMs / 1_000));
  // An overload without a time says: do not come back soon. The other 503s are over in a moment.
  const soon = kind.status === 503 && failure.class !== 'OVERLOADED' && failure.class !== 'APP';
  return soon ? RETRY_SOON_SECONDS : undefined;
}

function toProblem(failure: Failure, kind: ProblemKind, context: ProblemContext): object {
  const { details } = failure;
  const code = codeOf(failure, context.operation);
  const problem: Record<string, unknown> = {
    type: typeOf(failure, code, context.operation),
    title: kind.title,
    status: kind.status,
    detail: detailOf(failure, context.operation),
    instance: `urn:portico:request:${encodeURIComponent(context.requestId)}`,
    code,
  };
  if (details.violations) problem.errors = details.violations.map(toError);
  if (details.permissions) problem.permissions = details.permissions;
  if (failure.class === 'BUG') problem.incident = details.incident ?? context.requestId;
  if (failure.class === 'APP') addData(problem, details.data);
  return problem;
}

function codeOf(failure: Failure, operation: Operation | undefined): string {
  if (failure.class === 'APP') return failure.details.name ?? failure.code;
  return isUnknownOutcome(failure, operation) ? 'outcome-unknown' : failure.code;
}

/**
 * RFC 9457 §3.1.1: an absolute URI that identifies the kind. Declared errors are named with their
 * API, since two APIs may declare the same name.
 */
function typeOf(failure: Failure, code: string, operation: Operation | undefined): string {
  if (failure.class !== 'APP') return `urn:portico:problem:${encodeURIComponent(code)}`;
  const api = operation ? `${operation.api}:` : '';
  return `urn:portico:problem:${api}${encodeURIComponent(code)}`;
}

function detailOf(failure: Failure, operation: Operation | undefined): string {
  if (isUnknownOutcome(failure, operation)) return UNKNOWN_OUTCOME_DETAIL;
  return PUBLIC_DETAIL[failure.class] ?? failure.message;
}

function toError(violation: { pointer: string; detail: string }): object {
  return { pointer: violation.pointer, detail: violation.detail };
}

function addData(problem: Record<string, unknown>, data: unknown): void {
  if (data === undefined) return;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    problem.data = data;
    return;
  }
  for (const [name, value] of Object.entries(data)) {
    if (name !== '__proto__' && !Object.hasOwn(problem, name)) problem[name] = value;
  }
}
