import { Failure, type Operation } from '@portico/contract';
import type { Caller } from '@portico/service';

/**
 * The contract's rule for who may call an operation, before validation and any look at data. An
 * operation without a rule is internal: whoever declares its API in `uses` may call.
 *
 * @throws {Failure} `unauthenticated` when nobody is there and somebody is needed, else `forbidden`,
 * naming every permission that is missing.
 */
export function assertPermitted(operation: Operation, caller: Caller): void {
  const { access } = operation;
  if (access === undefined || access === 'anyone') return;
  if (caller.subject === undefined) {
    throw Failure.rejected('unauthenticated', 'This operation needs a credential.');
  }
  if (access === 'signedIn') return;
  const missing = missingPermissions(access, caller);
  if (missing.length === 0) return;
  const named = missing.map((permission) => `"${permission}"`).join(', ');
  const noun = missing.length === 1 ? 'permission' : 'permissions';
  throw Failure.rejected('forbidden', `The ${noun} ${named} is needed for ${operation.id}.`, {
    permissions: missing,
  });
}

/** Those of `permissions` that the caller does not hold. */
export function missingPermissions(
  permissions: readonly string[],
  caller: Caller,
): readonly string[] {
  return permissions.filter((permission) => !caller.permissions.has(permission));
}

/** From outside, internal operations don't exist: the answer is that of an unknown one. */
export function assertReachable(operation: Operation): void {
  if (operation.exposure !== 'internal') return;
  throw Failure.rejected('unknown-operation', 'There is no such operation.');
}

/** The caller that a service is when nobody has called it. */
export function serviceCaller(name: string): Caller {
  const permissions: ReadonlySet<string> = new Set();
  return Object.freeze({ subject: `service:${name}`, permissions, via: 'service' });
}
