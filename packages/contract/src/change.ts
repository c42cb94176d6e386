import type { Api } from './api.ts';

/** What a change touches: who notices it. */
export type ChangeDirection =
  | 'api'
  | 'operation'
  | 'access'
  | 'request'
  | 'response'
  | 'error'
  | 'event';

/**
 * `breaking`: someone who keeps to the older contract may be refused, or get what they don't expect.
 * `compatible`: nobody who keeps to it notices. `note`: nobody is refused, but somebody may care.
 */
export type ChangeSeverity = 'breaking' | 'compatible' | 'note';

/** One difference between two versions of an API. */
export interface Change {
  /** `operations.placeOrder.input.lines[].sku`, `types.Money.amount`. */
  readonly place: string;
  readonly direction: ChangeDirection;
  readonly severity: ChangeSeverity;
  /** Why, in a sentence. */
  readonly reason: string;
  /** What it means for SOAP beyond that: clients such as strict zeep and gSOAP may stop. */
  readonly soap?: string;
}

/** Takes a change. */
export type Note = (change: Change) => void;

/** What SOAP clients with a closed content model do when an answer holds an element they don't know. */
export const STRICT_SOAP =
  'Clients that insist on the elements of their WSDL (strict zeep, gSOAP) stop until they are made anew.';

/** Whether every client, peer and subscriber of the older version goes on working. */
export function isCompatible(changes: readonly Change[]): boolean {
  return !changes.some(({ severity }) => severity === 'breaking');
}

/**
 * What is wrong with the version number of `after`, in a sentence, or nothing. A break needs a new
 * major version (semver.org §8), below 1.0.0 too: the major version is part of every address.
 */
export function findVersionProblem(
  before: Pick<Api, 'major' | 'version' | 'name'>,
  after: Pick<Api, 'major' | 'version' | 'name'>,
  changes: readonly Change[],
): string | undefined {
  if (after.major < before.major) {
    return `"${after.name}" goes back from ${before.version} to ${after.version}.`;
  }
  const count = changes.filter(({ severity }) => severity === 'breaking').length;
  if (count === 0 || after.major > before.major) return undefined;
  return (
    `"${after.name}" ${after.version} has ${count} breaking ${count === 1 ? 'change' : 'changes'} ` +
    `since ${before.version}; it needs the major version ${before.major + 1}, or none of them.`
  );
}
