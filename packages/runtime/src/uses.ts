import { type Api, Failure, type Operation } from '@portico/contract';
import type { KeyedCallOptions, Uses } from '@portico/service';
import { enterBulkhead, type RemoteRoute, type Route, run } from './call.ts';
import { callElsewhere, givenUp } from './call-elsewhere.ts';
import { raiseMistake } from './failures.ts';
import { Invocation } from './invocation.ts';
import { keysOf } from './keys.ts';

/** Finds what serves an operation at this moment: a service of this process, or another process. */
export type Lookup = (operation: Operation) => Route | RemoteRoute | undefined;

/** Makes the `uses` of one invocation: clients of the declared APIs and nothing else. */
export type CreateUses = (invocation: Invocation) => object;

/**
 * Prepares the clients of a service once, so that making them for an invocation costs one small object
 * each. Methods are read through getters: they may be taken off their client.
 */
export function createUsesFactory(uses: Uses, lookup: Lookup): CreateUses {
  const Bundle = createCarrier();
  for (const [name, api] of Object.entries(uses)) {
    const Client = createClientClass(api, lookup);
    define(Bundle.prototype, name, (bundle) => new Client(Bundle.carried(bundle)));
  }
  return (invocation) => new Bundle(invocation);
}

function createClientClass(api: Api, lookup: Lookup) {
  const Client = createCarrier();
  for (const operation of Object.values(api.operations)) {
    define(Client.prototype, operation.name, (client) => {
      const invocation = Client.carried(client);
      return (input: unknown, options?: KeyedCallOptions) =>
        callDependency(invocation, operation, { lookup, input, options });
    });
  }
  return Client;
}

/** A class whose instances carry an invocation that nobody outside can see. */
function createCarrier() {
  return class {
    readonly #invocation: Invocation;
    constructor(invocation: Invocation) {
      this.#invocation = invocation;
    }
    static carried(carrier: object): Invocation {
      return (carrier as InstanceType<ReturnType<typeof createCarrier>>).#invocation;
    }
  };
}

function define(prototype: object, name: string, get: (self: object) => unknown): void {
  Object.defineProperty(prototype, name, {
    enumerable: true,
    get(this: object) {
      return get(this);
    },
  });
}

interface DependencyCall {
  readonly lookup: Lookup;
  readonly input: unknown;
  readonly options: KeyedCallOptions | undefined;
}

/** A call from a handler, job or hook to an operation of another service. */
function callDependency(
  parent: Invocation,
  operation: Operation,
  { lookup, input, options }: DependencyCall,
): Promise<unknown> {
  const refusal = refuse(parent, operation);
  if (refusal) return Promise.reject(refusal);
  const route = lookup(operation);
  if (!route) return Promise.reject(notHere(operation));
  const { entry } = route;
  if (!entry) return callElsewhere(parent, operation, { remote: route.remote, input, options });
  const invocation = new Invocation(entry.placement, entry, parent);
  invocation.from = parent.placement.name;
  invocation.attempt = parent.attempt;
  invocation.criticality = parent.criticality;
  if (operation !== entry.operation) invocation.declared = operation;
  let { timeoutMs } = entry.operation;
  if (entry.keyed) {
    const keys = keysOf(parent, operation, options);
    if (keys instanceof Failure) return Promise.reject(keys);
    invocation.key = keys.key;
    invocation.undoes = keys.undoes;
  }
  if (options !== undefined) {
    if (options.timeoutMs !== undefined) timeoutMs = Math.min(timeoutMs, options.timeoutMs);
    if (options.signal !== undefined) {
      if (options.signal.aborted) return Promise.reject(givenUp());
      listen(invocation, options.signal);
    }
  }
  const crowded = enterBulkhead(invocation);
  if (crowded) return Promise.reject(crowded);
  return run(route, invocation, { input, parentDeadline: parent.deadline, timeoutMs });
}

/** Why no call may be made now: the caller has ended, or its transaction holds the store. */
function refuse(parent: Invocation, operation: Operation): Failure | undefined {
  if (parent.reason !== undefined) return parent.reason;
  if (parent.openTransactions > 0) {
    const message = `${operation.id} was called inside of a transaction. Call first, then write.`;
    return raiseMistake(parent, 'call-in-transaction', message);
  }
  if (parent.effect?.begun === true || parent.delivery?.begun === true) {
    const message = `${operation.id} was called after the transaction. Call first, write last.`;
    return raiseMistake(parent, 'call-after-transaction', message);
  }
  return undefined;
}

/** Cancels `invocation` when `signal` is aborted. */
export function listen(invocation: Invocation, signal: AbortSignal): void {
  const onAbort = () => invocation.cancel(givenUp());
  signal.addEventListener('abort', onAbort, { once: true });
  invocation.onEnd = () => signal.removeEventListener('abort', onAbort);
}

/** The failure for an operation that no service of this process serves. */
export function notHere({ id }: Operation): Failure {
  return new Failure('REFUSED', 'not-here', `${id} is not served in this process.`);
}
