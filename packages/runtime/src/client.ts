import type { Api, Operation } from '@portico/contract';
import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import { type Caller, Cancellation, type Client, type KeyedCallOptions } from '@portico/service';
import type { Dispatcher } from '@portico/service/spi';
import { serviceCaller } from './permissions.ts';
import { createRootTrace } from './trace.ts';

/** As whom a client of `Runtime.client` calls. */
export interface CallAs {
  readonly caller: Caller;
  /** A service's name, to call internal operations too. Without it, as from the edge. */
  readonly from?: string;
}

/** Nobody in particular, with no permission. */
export const ANONYMOUS: Caller = Object.freeze({
  permissions: new Set<string>(),
  via: 'anonymous',
});

/** A client of `api` (called by a service, if `as` is a name) whose calls begin here: a new trace each, no time limit but the operation's own. */
export function createClient<A extends Api>(
  api: A,
  as: CallAs | string,
  { dispatcher, host }: { readonly dispatcher: Dispatcher; readonly host: Host },
): Client<A> {
  const client: Record<string, unknown> = {};
  const made = typeof as === 'string' ? { caller: serviceCaller(as), from: as } : as;
  for (const operation of Object.values(api.operations)) {
    client[operation.name] = (input: unknown, options: KeyedCallOptions = {}) =>
      call(operation, input, { as: made, options, dispatcher, host });
  }
  return Object.freeze(client) as Client<A>;
}

interface ClientCall {
  readonly as: CallAs;
  readonly options: KeyedCallOptions;
  readonly dispatcher: Dispatcher;
  readonly host: Host;
}

async function call(operation: Operation, input: unknown, made: ClientCall): Promise<unknown> {
  const { as, options, dispatcher, host } = made;
  const { timeoutMs = Number.POSITIVE_INFINITY, signal, key, undoes } = options;
  const cancellation = new Cancellation();
  const onAbort = () => cancellation.cancel();
  if (signal?.aborted) throw new Failure('CANCELLED', 'cancelled', 'The caller gave up.');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await dispatcher.dispatch(operation, input, {
      caller: as.caller,
      from: as.from,
      deadline: host.clock.monotonic() + timeoutMs,
      cancellation,
      key,
      undoes,
      criticality: operation.criticality,
      trace: createRootTrace(host.random),
      attempt: 1,
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
