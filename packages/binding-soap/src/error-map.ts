import type { Failure, FailureClass, Operation, RejectionCode } from '@portico/contract';
import type { HttpReply } from '@portico/service/spi';
import type { OperationCodec } from './codecs.ts';
import { type Fault, type FaultCode, toFaultStatus, toHeaders, writeFault } from './fault.ts';
import { NAMESPACES } from './namespaces.ts';
import { writeProblem } from './problem.ts';
import { blocksNotUnderstood, PROTOCOL_CODES, type QName } from './protocol-failures.ts';
import type { SoapVersion } from './soap-version.ts';
import { SECURITY_REASONS } from './ws-security.ts';

/** What the mapping has to know beside the failure. */
export interface FaultContext {
  readonly version: SoapVersion;
  readonly requestId: string;
  /** The operation that failed, when the message reached one. */
  readonly codec?: OperationCodec | undefined;
  /** The credentials were in the message: their failure is a WS-Security fault, not HTTP's 401. */
  readonly secured?: boolean;
}

/** Values of `WWW-Authenticate` for a 401 (RFC 9110 §11.6.1): what SOAP clients can send. */
const CHALLENGES: readonly string[] = ['Basic realm="portico", charset="UTF-8"', 'Bearer'];

/**
 * Statuses that SOAP leaves to HTTP; every other fault has the version's own status. A path that
 * leads to no SOAP endpoint is HTTP's too.
 */
const HTTP_STATUSES: Readonly<Partial<Record<RejectionCode, number>>> = {
  unauthenticated: 401,
  'method-not-allowed': 405,
  'unsupported-media-type': 415,
};

/** For requests that never became a SOAP message: HTTP's statuses, as far as they were refused by HTTP's rules. */
const UNROUTED_STATUSES: Readonly<Partial<Record<RejectionCode, number>>> = {
  ...HTTP_STATUSES,
  malformed: 400,
  'not-found': 404,
  'unknown-operation': 404,
  'not-acceptable': 406,
  'too-slow': 408,
  'too-large': 413,
  'target-too-long': 414,
  'headers-too-large': 431,
};

/** Codes of `OVERLOADED` that mean the consumer's own limit, not our load: the client's fault. */
const LIMIT_CODES: ReadonlySet<string> = new Set([
  'rate-limited',
  'quota-exceeded',
  'concurrency-exceeded',
  'credentials-throttled',
]);

/** Shown instead of a message that may tell about our insides. */
const PUBLIC_MESSAGES: Readonly<Partial<Record<FailureClass, string>>> = {
  NOT_SENT: 'The service cannot be reached now. Nothing was done; try again.',
  REFUSED: 'The service cannot take the request now. Nothing was done; try again.',
  DEADLINE: 'No answer came in time.',
  UNAVAILABLE: 'The connection to the service was lost. Try again.',
  CANCELLED: 'The call was cancelled.',
  BUG: 'The service failed unexpectedly.',
};
const UNKNOWN_OUTCOME_MESSAGE =
  'The connection to the service was lost. Whether the operation took effect is not known.';

/** The fault for a failure of a message that reached its endpoint; never with internals. */
export function toReply(failure: Failure, context: FaultContext): HttpReply {
  const fault = toFault(failure, context);
  // A code of WS-Security speaks for itself: HTTP had no part in it.
  const special = fault.subcode === undefined ? statusOf(failure, HTTP_STATUSES) : undefined;
  const status = special ?? toFaultStatus(fault, context.version);
  return {
    status,
    headers: toFaultHeaders(failure, status, context),
    body: writeFault(fault, context.version),
  };
}

/** The fault for a request that never reached a route, with the status that HTTP has for it. */
export function toUnroutedReply(failure: Failure, context: FaultContext): HttpReply {
  const fault = toFault(failure, context);
  const status = statusOf(failure, UNROUTED_STATUSES) ?? toFaultStatus(fault, context.version);
  return {
    status,
    headers: toFaultHeaders(failure, status, context),
    body: writeFault(fault, context.version),
  };
}

function toFaultHeaders(failure: Failure, status: number, { version }: FaultContext) {
  const headers = toHeaders(version);
  const { allow = [], retryAfterMs } = failure.details;
  if (status === 401) headers['www-authenticate'] = CHALLENGES;
  if (status === 405) headers.allow = allow.join(', ');
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  }
  return headers;
}

function statusOf(
  failure: Failure,
  statuses: Readonly<Partial<Record<string, number>>>,
): number | undefined {
  if (failure.class !== 'REJECTED' || !Object.hasOwn(statuses, failure.code)) return undefined;
  return statuses[failure.code];
}

function toFault(failure: Failure, context: FaultContext): Fault {
  const operation = context.codec?.names.operation;
  const written = writeDeclared(failure, context.codec);
  const undeclared = failure.class === 'APP' && written === undefined;
  const code = undeclared ? 'internal' : codeOf(failure, operation);
  return {
    code: undeclared ? 'Server' : faultCodeOf(failure, operation),
    subcode: subcodeOf(failure, context.secured === true),
    message: undeclared ? (PUBLIC_MESSAGES.BUG ?? '') : messageOf(failure, operation),
    detail: (written ?? '') + writeProblem({ failure, code, requestId: context.requestId }),
    notUnderstood: blocksNotUnderstood(failure),
  };
}

function faultCodeOf(failure: Failure, operation: Operation | undefined): FaultCode {
  if (failure.class === 'REJECTED') return PROTOCOL_FAULTS[failure.code] ?? 'Client';
  if (failure.class === 'OVERLOADED' && LIMIT_CODES.has(failure.code)) return 'Client';
  if (failure.class !== 'APP') return 'Server';
  const declared = operation?.errors[failure.details.name ?? failure.code];
  return (declared?.status ?? failure.details.status ?? 500) < 500 ? 'Client' : 'Server';
}

const PROTOCOL_FAULTS: Readonly<Record<string, FaultCode>> = {
  [PROTOCOL_CODES.versionMismatch]: 'VersionMismatch',
  [PROTOCOL_CODES.mustUnderstand]: 'MustUnderstand',
  [PROTOCOL_CODES.dataEncodingUnknown]: 'DataEncodingUnknown',
};

/** WS-Security 1.0 §12: the fault codes for what is wrong with a Security header. */
function subcodeOf(failure: Failure, secured: boolean): QName | undefined {
  if (!secured || failure.code !== 'unauthenticated') return undefined;
  return SECURITY_FAULTS[failure.details.reason ?? ''] ?? FAILED_AUTHENTICATION;
}

const FAILED_AUTHENTICATION: QName = { uri: NAMESPACES.wsse, local: 'FailedAuthentication' };

const SECURITY_FAULTS: Readonly<Record<string, QName>> = {
  [SECURITY_REASONS.invalid]: { uri: NAMESPACES.wsse, local: 'InvalidSecurity' },
  [SECURITY_REASONS.unsupported]: { uri: NAMESPACES.wsse, local: 'UnsupportedSecurityToken' },
  [SECURITY_REASONS.expired]: { uri: NAMESPACES.wsu, local: 'MessageExpired' },
};

function writeDeclared(failure: Failure, codec: OperationCodec | undefined): string | undefined {
  if (failure.class !== 'APP') return undefined;
  return codec?.writeError(failure.details.name ?? failure.code, failure.details.data ?? {});
}

function codeOf(failure: Failure, operation: Operation | undefined): string {
  if (failure.class === 'APP') return failure.details.name ?? failure.code;
  return isUnknownOutcome(failure, operation) ? 'outcome-unknown' : failure.code;
}

function messageOf(failure: Failure, operation: Operation | undefined): string {
  if (isUnknownOutcome(failure, operation)) return UNKNOWN_OUTCOME_MESSAGE;
  return PUBLIC_MESSAGES[failure.class] ?? failure.message;
}

/** Sent, and the connection died: an operation that must not be repeated may have taken effect. */
function isUnknownOutcome(failure: Failure, operation: Operation | undefined): boolean {
  return failure.class === 'UNAVAILABLE' && operation?.effect === 'unsafe';
}
