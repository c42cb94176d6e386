import { api, Failure, type FailureClass, type Operation, operation } from '@portico/contract';
import type { SimulatedHost } from '@portico/host';
import { type Call, Cancellation } from '@portico/service';
import type { Replica, ReplicaState } from '@portico/service/spi';
import * as z from 'zod';

/** An API with one operation of each effect, for tests of policies. */
export const Stock = api('stock', {
  version: '1.0.0',
  summary: 'What is there.',
  operations: {
    read: operation({ summary: 'Reads.', effect: 'safe', timeoutMs: 1000 }),
    put: operation({ summary: 'Replaces.', effect: 'idempotent', timeoutMs: 1000 }),
    take: operation({ summary: 'Takes.', effect: 'keyed', timeoutMs: 1000 }),
    ring: operation({ summary: 'Rings a bell.', effect: 'unsafe', timeoutMs: 1000 }),
    wait: operation({ summary: 'Waits.', effect: 'safe', waits: true, timeoutMs: 1000 }),
    echo: operation({
      summary: 'Repeats a number.',
      effect: 'safe',
      input: z.object({ value: z.int32() }),
      output: z.object({ value: z.int32() }),
    }),
  },
});

/** What a fake replica does with a call. */
export type Behaviour = (call: Call, operation: Operation, input: unknown) => Promise<unknown>;

/** A replica that does what a test says. */
export interface FakeReplica extends Replica {
  state: ReplicaState;
  suspect: boolean;
  load: number;
  inFlight: number;
  behaviour: Behaviour;
  /** Those it was given, in order. */
  readonly calls: Call[];
}

/** A replica that answers at once, until it is told otherwise. */
export function createFakeReplica(name: string, behaviour: Behaviour = async () => name) {
  const replica: FakeReplica = {
    name,
    state: 'ready',
    suspect: false,
    load: 0.5,
    inFlight: 0,
    behaviour,
    calls: [],
    serves: (operation) => operation.api === 'stock',
    async call(operation, input, call) {
      replica.calls.push(call);
      replica.inFlight++;
      try {
        return await replica.behaviour(call, operation, input);
      } finally {
        replica.inFlight--;
      }
    },
  };
  return replica;
}

/** Ends calls with failures of these classes, one after the other, then answers. */
export function failing(...classes: (FailureClass | Failure)[]): Behaviour {
  const left = [...classes];
  return async () => {
    const next = left.shift();
    if (next === undefined) return 'answer';
    throw typeof next === 'string' ? new Failure(next, next.toLowerCase(), 'As told.') : next;
  };
}

/** Never answers. */
export const silent: Behaviour = () => new Promise(() => {});

/** Answers after `delayMs` of the host's time. */
export function taking(host: SimulatedHost, delayMs: number): Behaviour {
  return async () => {
    await host.timers.sleep(delayMs);
    return 'answer';
  };
}

/** A call from a service that must itself have answered in 15 s. */
export function callFrom(host: SimulatedHost, changes: Partial<Call> = {}): Call {
  return {
    caller: { permissions: new Set(), via: 'test' },
    from: 'shop',
    deadline: host.clock.monotonic() + 15_000,
    cancellation: new Cancellation(),
    key: undefined,
    criticality: 'default',
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
    },
    attempt: 1,
    ...changes,
  };
}

/** What became of a promise: its value, or the class of its failure. */
export async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.class : thrown;
  }
}
