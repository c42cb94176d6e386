import { Failure, type Operation } from '@portico/contract';
import { type Call, Cancellation, type KeyedCallOptions } from '@portico/service';
import { attach, type CallNode, detach } from './call-tree.ts';
import type { Invocation } from './invocation.ts';
import { keysOf } from './keys.ts';
import { toParentDeadline } from './policies/deadline.ts';
import type { RemoteCaller } from './policies/remote-caller.ts';

/** What one call to another process is made of, beside its operation. */
interface Made {
  readonly remote: RemoteCaller;
  readonly input: unknown;
  readonly options: KeyedCallOptions | undefined;
}

/** A call under way in another process, in the tree of whoever waits for it. */
class Elsewhere implements CallNode {
  nextSibling: CallNode | undefined = undefined;
  previousSibling: CallNode | undefined = undefined;
  readonly cancellation = new Cancellation();

  cancel(reason: Failure): void {
    this.cancellation.cancel(reason);
  }
}

/**
 * A call from a handler, job or hook to a service in another process. It means what the same call within
 * the process does: its keys, its caller and its time come from `parent`, and it ends with it.
 */
export async function callElsewhere(
  parent: Invocation,
  operation: Operation,
  { remote, input, options }: Made,
): Promise<unknown> {
  const keys = operation.effect === 'keyed' ? keysOf(parent, operation, options) : undefined;
  if (keys instanceof Failure) throw keys;
  const node = new Elsewhere();
  const call: Call = {
    caller: parent.caller,
    from: parent.placement.name,
    deadline: deadlineOf(parent, options),
    cancellation: node.cancellation,
    key: keys?.key,
    undoes: keys?.undoes,
    criticality: parent.criticality,
    trace: parent.trace,
    attempt: parent.attempt,
  };
  const onAbort = () => node.cancel(givenUp());
  const signal = options?.signal;
  if (signal?.aborted) throw givenUp();
  signal?.addEventListener('abort', onAbort, { once: true });
  attach(parent, node);
  try {
    return await remote.call(operation, input, call);
  } catch (thrown) {
    const failure = Failure.from(thrown);
    parent.placement.around.foreign.add(failure);
    throw failure;
  } finally {
    detach(parent, node);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** When the answer must be here: what the remote caller leaves of it is its own business. */
function deadlineOf(parent: Invocation, options: KeyedCallOptions | undefined): number {
  if (options?.timeoutMs === undefined) return parent.deadline;
  const now = parent.placement.around.host.clock.monotonic();
  return Math.min(parent.deadline, toParentDeadline(now, options.timeoutMs));
}

/** The failure of a call that its author has given up. */
export function givenUp(): Failure {
  return new Failure('CANCELLED', 'cancelled', 'The caller gave up.');
}
