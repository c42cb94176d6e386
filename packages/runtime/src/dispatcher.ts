import type { Operation } from '@portico/contract';
import { Failure } from '@portico/contract';
import type { Call } from '@portico/service';
import type { Dispatcher } from '@portico/service/spi';
import { enterBulkhead, type Route, run } from './call.ts';
import { Invocation } from './invocation.ts';
import { assertPermitted, assertReachable } from './permissions.ts';
import { type Lookup, notHere } from './uses.ts';

/**
 * The way in for bindings. Calls between services of this process skip only this: they are made by
 * `uses`, from an invocation that is there already, and go on as these do.
 */
export function createDispatcher(lookup: Lookup, isDraining: () => boolean): Dispatcher {
  return {
    admit(operation, caller) {
      assertReachable(operation);
      assertPermitted(operation, caller);
    },
    dispatch(operation, input, call) {
      try {
        if (isDraining()) throw draining();
        if (call.from === undefined) assertReachable(operation);
        const route = lookup(operation);
        if (!route) throw notHere(operation);
        const { reason } = call.cancellation;
        if (reason) throw reason;
        if (!route.entry) return route.remote.call(operation, input, call);
        const invocation = toInvocation(route, operation, call);
        // The edge calls from within this process; others count their calls where they are.
        const crowded = call.from === undefined ? enterBulkhead(invocation) : undefined;
        if (crowded) throw crowded;
        return run(route, invocation, {
          input,
          parentDeadline: call.deadline,
          timeoutMs: route.entry.operation.timeoutMs,
        });
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    },
  };
}

function toInvocation({ entry }: Route, operation: Operation, call: Call): Invocation {
  const invocation = new Invocation(entry.placement, entry, undefined);
  if (operation !== entry.operation) invocation.declared = operation;
  invocation.caller = call.caller;
  invocation.from = call.from;
  invocation.key = call.key;
  invocation.undoes = call.undoes;
  invocation.criticality = call.criticality;
  invocation.attempt = call.attempt;
  invocation.callerTrace = call.trace;
  invocation.onEnd = call.cancellation.onCancel((reason) => invocation.cancel(reason));
  return invocation;
}

function draining(): Failure {
  return new Failure('REFUSED', 'draining', 'This process is about to stop.');
}
