import { Failure } from '@portico/contract';
import type { Trace } from '@portico/service';
import type { Entry } from './entry.ts';
import type { Placement } from './placement.ts';

/** What has to be known of an invocation to say how it failed. */
export interface FailedCall {
  readonly placement: Placement;
  readonly entry: Entry | undefined;
  readonly label: string;
  readonly trace: Trace;
  mistake: Failure | undefined;
}

/**
 * What a caller learns of what a handler threw. Declared errors pass by their name, with their data
 * checked and copied; a dependency's trouble passes as trouble of one's own; everything else is a `BUG`
 * whose detail stays in the log, under an incident.
 */
export function toAnswer(thrown: unknown, invocation: FailedCall): Failure {
  if (invocation.mistake) return reportBug(invocation.mistake, invocation, invocation.mistake.code);
  if (!(thrown instanceof Failure)) return reportBug(thrown, invocation);
  const isForeign = invocation.placement.around.foreign.has(thrown);
  switch (thrown.class) {
    case 'APP':
      return toDeclared(thrown, invocation);
    case 'DEADLINE':
      return new Failure('DEADLINE', 'deadline', 'The call took longer than it may.');
    case 'CANCELLED':
      return new Failure('CANCELLED', 'cancelled', 'The caller gave up.');
    case 'OVERLOADED':
      // Whoever is told when to come back is told by the one that is overloaded, not through others.
      return new Failure('OVERLOADED', 'overloaded', 'A part of the system is overloaded.');
    case 'UNAVAILABLE':
    case 'NOT_SENT':
    case 'REFUSED':
      return new Failure('UNAVAILABLE', 'unavailable', 'A part of the system is not available.');
    case 'REJECTED':
      return isForeign ? reportBug(thrown, invocation) : copyRejection(thrown);
    default:
      return reportBug(thrown, invocation);
  }
}

function toDeclared(thrown: Failure, invocation: FailedCall): Failure {
  const { entry } = invocation;
  const declared = entry?.declarationOf(thrown);
  if (!entry || !declared) return reportBug(thrown, invocation);
  let data: unknown;
  try {
    data = entry.copyErrorData(declared, thrown.details.data);
  } catch (problem) {
    return reportBug(problem, invocation);
  }
  const { name, status, definition } = declared;
  return new Failure('APP', name, thrown.message, { name, status, data, definition });
}

function copyRejection({ code, message, details }: Failure): Failure {
  const { violations, permissions } = details;
  return new Failure('REJECTED', code, message, {
    ...(violations ? { violations: violations.map((violation) => ({ ...violation })) } : {}),
    ...(permissions ? { permissions: [...permissions] } : {}),
  });
}

/** Writes what happened into the log, and answers with the number of the entry. */
export function reportBug(cause: unknown, invocation: FailedCall, code = 'internal'): Failure {
  const { placement, label, trace } = invocation;
  const incident = placement.around.host.ids.uuid();
  const fields = { incident, operation: label, traceId: trace.traceId, ...toLogged(cause) };
  placement.log.error(fields, 'A call failed unexpectedly.');
  return new Failure('BUG', code, 'The service failed unexpectedly.', { incident });
}

/** A failure's data may hold what belongs into no log; class, code, message and stack do not. */
function toLogged(cause: unknown): { readonly err: unknown; readonly causedBy?: string } {
  if (!(cause instanceof Failure)) return { err: cause };
  const { message, stack, details } = cause;
  const inner = details.cause === undefined ? undefined : { cause: toLogged(details.cause).err };
  const err = new Error(message, inner);
  err.name = `${cause.class} ${cause.code}`;
  if (stack !== undefined) err.stack = stack;
  // The incident under which the dependency has logged it.
  return details.incident === undefined ? { err } : { err, causedBy: details.incident };
}

/**
 * Notes that a handler broke a rule of the platform. The call ends as a `BUG` even if the handler
 * catches this failure: it would behave differently in another topology.
 */
export function raiseMistake(invocation: FailedCall, code: string, message: string): Failure {
  const failure = new Failure('BUG', code, `${invocation.label}: ${message}`);
  invocation.mistake ??= failure;
  return failure;
}

/** @throws {Failure} when a handler has come to its end and its transaction has not. */
export function assertCommitted(
  invocation: FailedCall & { readonly openTransactions: number },
): void {
  if (invocation.openTransactions === 0) return;
  const message = 'ended before its transaction did. Await the transaction.';
  throw raiseMistake(invocation, 'transaction-not-awaited', message);
}
