import { type DeclaredError, Failure, type FailureClass, type Operation } from '@portico/contract';
import { isRecord, parseObject } from './parse.ts';
import { ProtocolError } from './protocol-error.ts';

/** The number of calls' frames that are about the connection itself. */
export const CONNECTION_CALL = 0;

/** The class of an ERROR that ends the connection. */
const PROTOCOL_CLASS = 0;

/**
 * Classes that travel, by number. `NOT_SENT` never does: it is what a caller knows about its own
 * connection. A callee's dependency that could not be reached is `UNAVAILABLE` to its callers.
 */
const CLASSES: readonly (FailureClass | undefined)[] = [
  undefined,
  'REFUSED',
  'OVERLOADED',
  'DEADLINE',
  'UNAVAILABLE',
  'CANCELLED',
  'REJECTED',
  'APP',
  'BUG',
];

/** A failure as it travels: the payload of ERROR without the load. */
export interface EncodedFailure {
  readonly classNumber: number;
  readonly json: string;
}

/** What tells the caller how its call ended. Causes and definitions stay in this process. */
export function encodeFailure(failure: Failure): EncodedFailure {
  const { class: failureClass, code, message, details } = failure;
  const { data, name, status, violations, retryAfterMs, started } = details;
  const { incident, reason, permissions, allow } = details;
  const classNumber = CLASSES.indexOf(failureClass);
  return {
    classNumber: classNumber < 0 ? CLASSES.indexOf('UNAVAILABLE') : classNumber,
    json: JSON.stringify({
      code,
      message,
      name,
      data,
      status,
      violations,
      retryAfterMs,
      started,
      incident,
      reason,
      permissions,
      allow,
    }),
  };
}

/**
 * The failure in an ERROR frame, as the caller's own contract has it: an error that it declares is
 * recognised by its definition, as in one process.
 *
 * @throws {ProtocolError} for anything that is no failure.
 */
export function decodeFailure(
  classNumber: number,
  payload: Uint8Array,
  operation: Operation,
): Failure {
  const failureClass = CLASSES[classNumber];
  if (failureClass === undefined) throw new ProtocolError(`Unknown class ${classNumber}.`);
  const value = parseObject(payload, 'ERROR');
  const { code, message, data, name, status, retryAfterMs, started, incident, reason } = value;
  if (typeof code !== 'string' || typeof message !== 'string') {
    throw new ProtocolError('An ERROR without code or message.');
  }
  const definition = failureClass === 'APP' ? definitionOf(operation, name) : undefined;
  return Failure.withoutStack(failureClass, code, message, {
    ...(data !== undefined && { data }),
    ...(typeof name === 'string' && { name }),
    ...(typeof status === 'number' && { status }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(typeof started === 'boolean' && { started }),
    ...(typeof incident === 'string' && { incident }),
    ...(typeof reason === 'string' && { reason }),
    ...parseLists(value),
    ...(definition !== undefined && { definition }),
  });
}

/** The payload of the ERROR that ends a connection. */
export function encodeProtocolError(message: string): Buffer {
  const json = Buffer.from(JSON.stringify({ code: 'protocol', message }), 'utf8');
  return Buffer.concat([Buffer.from([PROTOCOL_CLASS, 0]), json]);
}

/** What the other side says was wrong; for the log, so nothing is asked of it. */
export function decodeProtocolError(payload: Uint8Array): string {
  try {
    const { message } = parseObject(payload.subarray(2), 'ERROR');
    return typeof message === 'string' ? message.slice(0, 500) : 'no reason given';
  } catch {
    return 'no readable reason given';
  }
}

function definitionOf(operation: Operation, name: unknown) {
  const errors: Readonly<Record<string, DeclaredError>> = operation.errors;
  if (typeof name !== 'string' || !Object.hasOwn(errors, name)) return undefined;
  return errors[name]?.definition;
}

function parseLists({ violations, permissions, allow }: Readonly<Record<string, unknown>>) {
  return {
    ...(Array.isArray(violations) && {
      violations: violations.filter(isRecord).map(({ pointer, detail }) => ({
        pointer: String(pointer),
        detail: String(detail),
      })),
    }),
    ...(Array.isArray(permissions) && { permissions: permissions.map(String) }),
    ...(Array.isArray(allow) && { allow: allow.map(String) }),
  };
}
