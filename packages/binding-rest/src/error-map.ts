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

/** {@link ProblemKind} with the code and the sentence that stand for all failures of its kind. */
interface PlatformProblem extends ProblemKind {
  readonly code: string;
  readonly detail: string;
}

/**
 * Every other way a call can fail; `APP` is mapped by what the contract declares. Code and message
 * of these failures speak to operators (which store, which replica), so clients get ours.
 */
export const CLASSES: Readonly<Record<Exclude<FailureClass, 'REJECTED' | 'APP'>, PlatformProblem>> =
  {
    NOT_SENT: {
      status: 503,
      title: 'Service unavailable',
      code: 'unavailable',
      detail: 'The service cannot be reached now. Nothing was done; try again.',
    },
    REFUSED: {
      status: 503,
      title: 'Service unavailable',
      code: 'unavailable',
      detail: 'The service cannot take the request now. Nothing was done; try again.',
    },
    OVERLOADED: {
      status: 503,
      title: 'Overloaded',
      code: 'overloaded',
      detail: 'The service has too much to do. Nothing was done.',
    },
    DEADLINE: {
      status: 504,
      title: 'Out of time',
      code: 'deadline',
      detail: 'No answer came in time.',
    },
    UNAVAILABLE: {
      status: 503,
      title: 'Service unavailable',
      code: 'unavailable',
      detail: 'The connection to the service was lost. Try again.',
    },
    CANCELLED: {
      status: 499,
      title: 'Cancelled by the client',
      code: 'cancelled',
      detail: 'The client gave up.',
    },
    BUG: {
      status: 500,
      title: 'Internal error',
      code: 'internal',
      detail: 'The service failed unexpectedly.',
    },
  };

/** An `UNAVAILABLE` that must not be tried again. */
const UNKNOWN_OUTCOME: PlatformProblem = {
  status: 500,
  title: 'Outcome unknown',
  code: 'outcome-unknown',
  detail: 'The connection to the service was lost. Whether the operation took effect is not known.',
};

/** Codes of `OVERLOADED` that mean the consumer's own limit, not our load. */
export const LIMIT_CODES: ReadonlySet<string> = new Set([
  'rate-limited',
  'quota-exceeded',
  'concurrency-exceeded',
  'credentials-throttled',
]);

const LIMITED: ProblemKind = { status: 429, title: 'Too many requests' };
/** A code newer than this binding: still the caller's fault. */
const OTHER_REJECTION: ProblemKind = { status: 400, title: 'Request refused' };

/** Seconds to wait when nothing was done and the next replica may already be there. */
const RETRY_SOON_SECONDS = 1;

/** What the mapping has to know beside the failure. */
export interface ProblemContext {
  readonly requestId: string;
  /** The operation that failed, when the request reached one. */
  readonly operation?: Operation | undefined;
  /** Values of `WWW-Authenticate` for a 401 (RFC 9110 §11.6.1); without them the gateway's own. */
  readonly challenges?: readonly string[] | undefined;
}

/**
 * The answer to a failed request: `application/problem+json` (RFC 9457), never with internals. The
 * error's data become members (§3.2); the reserved names win over data of the same name.
 */
export function toReply(failure: Failure, context: ProblemContext): HttpReply {
  const problem = toProblem(failure, context);
  const { status } = problem;
  const headers: Record<string, string | readonly string[]> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  };
  if (status === 401 && context.challenges) headers['www-authenticate'] = context.challenges;
  if (status === 405 && failure.details.allow) headers.allow = failure.details.allow.join(', ');
  const retryAfter = retryAfterSeconds(failure, status);
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  const body = JSON.stringify(withMembers(problem, failure, context));
  return { status, headers, body };
}

/** The members that every problem has (RFC 9457 §3.1), and our `code`. */
interface Problem {
  /** §3.1.1: an absolute URI that identifies the kind. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
}

function toProblem(failure: Failure, { operation, requestId }: ProblemContext): Problem {
  const { status, title, code, detail } = describe(failure, operation);
  const instance = `urn:portico:request:${encodeURIComponent(requestId)}`;
  // Declared errors are named with their API, since two APIs may declare the same name.
  const scope = failure.class === 'APP' && operation ? `${operation.api}:` : '';
  const type = `urn:portico:problem:${scope}${encodeURIComponent(code)}`;
  return { type, title, status, detail, instance, code };
}

function describe(failure: Failure, operation: Operation | undefined): PlatformProblem {
  const { class: kind, code, message, details } = failure;
  switch (kind) {
    case 'REJECTED': {
      const known = Object.hasOwn(REJECTIONS, code);
      const row = known ? REJECTIONS[code as RejectionCode] : OTHER_REJECTION;
      return { ...row, code, detail: message };
    }
    case 'APP': {
      const name = details.name ?? code;
      const declared = operation?.errors[name];
      const status = declared?.status ?? details.status ?? CLASSES.BUG.status;
      return { status, title: declared?.summary ?? message, code: name, detail: message };
    }
    case 'OVERLOADED': {
      const isOwnLimit = LIMIT_CODES.has(code);
      return isOwnLimit ? { ...LIMITED, code, detail: message } : CLASSES.OVERLOADED;
    }
    case 'UNAVAILABLE':
      // Sent, and the connection died: what may not be repeated must not be tried again.
      return operation?.effect === 'unsafe' ? UNKNOWN_OUTCOME : CLASSES.UNAVAILABLE;
    default:
      return CLASSES[kind];
  }
}

function retryAfterSeconds(failure: Failure, status: number): number | undefined {
  const { retryAfterMs } = failure.details;
  if (retryAfterMs !== undefined) return Math.max(1, Math.ceil(retryAfterMs / 1_000));
  // An overload without a time says: do not come back soon. The other 503s are over in a moment.
  const soon = status === 503 && failure.class !== 'OVERLOADED' && failure.class !== 'APP';
  return soon ? RETRY_SOON_SECONDS : undefined;
}

/** Extension members (RFC 9457 §3.2): ours first, then the error's data where no name is taken. */
function withMembers(problem: Problem, failure: Failure, { requestId }: ProblemContext): object {
  const { data, incident, permissions, reason, violations } = failure.details;
  const members: Record<string, unknown> = { ...problem };
  if (violations) members.errors = violations.map(({ pointer, detail }) => ({ pointer, detail }));
  if (permissions) members.permissions = permissions;
  if (reason !== undefined) members.reason = reason;
  if (failure.class === 'BUG') members.incident = incident ?? requestId;
  if (failure.class === 'APP') addData(members, data);
  return members;
}

function addData(members: Record<string, unknown>, data: unknown): void {
  if (data === undefined) return;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    members.data = data;
    return;
  }
  for (const [name, value] of Object.entries(data)) {
    if (name !== '__proto__' && !Object.hasOwn(members, name)) members[name] = value;
  }
}
