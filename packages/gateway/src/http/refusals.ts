import { Failure } from '@portico/contract';

/** The refusal of a method that a place does not have. */
export function refuseMethod(method: string, allow: readonly string[]): Failure {
  const message = `This resource does not answer to ${method}.`;
  return Failure.rejected('method-not-allowed', message, { allow });
}

/** The refusal of a path that leads nowhere; the same for what is hidden and for what never was. */
export function refusePath(): Failure {
  return Failure.rejected('unknown-operation', 'Nothing answers at this path.');
}
