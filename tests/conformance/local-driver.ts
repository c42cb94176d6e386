import { Failure, type Operation } from '@portico/contract';
import type { Runtime } from '@portico/runtime';
import { type Caller, Cancellation } from '@portico/service';
import { Conformance } from './contract.ts';
import type { Answer, As, Driver } from './driver.ts';

const callers: Readonly<Record<As, Caller>> = {
  nobody: { permissions: new Set(), via: 'anonymous' },
  ada: { subject: 'user:ada', permissions: new Set(['notes:read', 'notes:write']), via: 'jwt' },
  bob: { subject: 'user:bob', permissions: new Set(['notes:read', 'notes:write']), via: 'jwt' },
  reader: { subject: 'user:reader', permissions: new Set(['notes:read']), via: 'jwt' },
  app: {
    subject: 'consumer:app',
    consumer: 'app',
    permissions: new Set(['notes:read']),
    via: 'key',
  },
};

/** Calls the dispatcher itself, as the gateway and other services do: in the process, or over the wire. */
export function createLocalDriver(
  name: 'in-process' | 'wire',
  runtime: Runtime,
  monotonic: () => number,
): Driver {
  return {
    name,
    async call(operationName, input, settings = {}) {
      const operation = (Conformance.operations as Record<string, Operation>)[operationName];
      if (!operation) throw new Error(`no operation ${operationName}`);
      const cancellation = new Cancellation();
      settings.signal?.addEventListener('abort', () => cancellation.cancel());
      try {
        const value = await runtime.dispatcher.dispatch(operation, input, {
          caller: callers[settings.as ?? 'nobody'],
          from: undefined,
          deadline: monotonic() + 5_000,
          cancellation,
          key: settings.key,
          criticality: operation.criticality,
          trace: {
            traceId: '0'.repeat(31).concat('1'),
            spanId: '0'.repeat(15).concat('1'),
            sampled: false,
          },
          attempt: 1,
        });
        return { kind: 'value', value };
      } catch (problem) {
        return toAnswer(problem);
      }
    },
    close: async () => {},
  };
}

function toAnswer(problem: unknown): Answer {
  if (!(problem instanceof Failure)) throw problem;
  const { data, violations } = problem.details;
  return {
    kind: 'failure',
    code: problem.code,
    data,
    raw: `${problem.code} ${problem.message} ${JSON.stringify(data ?? null)}`,
    ...(violations ? { pointers: violations.map((violation) => violation.pointer) } : {}),
  };
}
