import { isDeepStrictEqual } from 'node:util';
import { Failure } from '@portico/contract';
import { type Saga, SagaAborted, SagaWait } from '@portico/service';
import type { SagaRecord, StoreTransaction } from '@portico/store/spi';
import type { Delivery } from '../delivery/delivery.ts';
import { Invocation } from '../invocation.ts';
import type { Placement } from '../placement.ts';
import { parseTraceparent } from '../trace.ts';
import type { CreateUses } from '../uses.ts';
import { SagaContext } from './saga-context.ts';
import { changeData } from './saga-data.ts';
import { type Ending, findStep } from './saga-moves.ts';

/** Longer problems say nothing more; the log has them whole. */
const PROBLEM_LENGTH_MAX = 500;

/** One attempt at a saga's step, its intent committed. */
export interface StepAttempt {
  readonly definition: Saga;
  /** As it stood when the intent was committed. */
  readonly saga: SagaRecord;
  readonly begunAt: number;
}

/** What runs attempts: the service, and its clients for this saga. */
export interface StepRunner {
  readonly placement: Placement;
  readonly createUses: CreateUses;
  /** Keeps, in the step's own transaction, how it ended. */
  settle(transaction: StoreTransaction, ending: Ending, changes: unknown): Promise<void>;
  /** Tells how to end it early. */
  onBegin(cancel: (reason: Failure) => void): void;
}

/** How an attempt has ended; `kept` when its own transaction has noted that already. */
export type StepEnd =
  | { readonly kept: true }
  | { readonly kept: false; readonly ending: Ending; readonly changes: unknown };

/** The direction and the base of the keys of an attempt. */
export function placeOf({ id, step, state }: SagaRecord) {
  const direction: 'do' | 'undo' = state === 'running' ? 'do' : 'undo';
  const forwardBase = `${id}/${step}`;
  const base = direction === 'do' ? forwardBase : `${forwardBase}/undo`;
  return { direction, forwardBase, base };
}

/** Runs one attempt as the service itself, `service:<name>`, for as long as the step may take. Never throws. */
export async function runStep(attempt: StepAttempt, runner: StepRunner): Promise<StepEnd> {
  const { placement, createUses } = runner;
  const { definition, saga } = attempt;
  const { direction, forwardBase, base } = placeOf(saga);
  const invocation = new Invocation(placement, undefined, undefined);
  const toEnd = (returned: unknown) => toEnding(returned, { attempt, invocation, placement });
  let committed: unknown;
  const delivery: Delivery = {
    eventId: undefined,
    begun: false,
    settled: false,
    async settle(transaction, returned) {
      const { ending, changes } = toEnd(returned);
      await runner.settle(transaction, ending, changes);
      committed = returned;
    },
  };
  invocation.caller = placement.self;
  invocation.callerTrace = parseTraceparent(saga.trace);
  invocation.deadline = placement.around.host.clock.monotonic() + timeoutOf(attempt, placement);
  invocation.delivery = delivery;
  invocation.derivedBase = base;
  if (direction === 'undo') invocation.forwardBase = forwardBase;
  const context = new SagaContext(invocation, createUses, {
    ...{ sagaId: saga.id, step: saga.step, startedAt: saga.startedAt, attempt: saga.attempts },
    ...{ base, forwardBase, reason: saga.reason },
  });
  runner.onBegin((reason) => invocation.cancel(reason));
  const end = await run(invocation, () => perform({ definition, saga }, context));
  if (delivery.settled) {
    tellDifference(placement, { saga, end, committed });
    return { kept: true };
  }
  const failed = (problem: unknown): StepEnd => {
    return { kept: false, ending: toFailed(problem, definition), changes: undefined };
  };
  if (!end.ok) return failed(end.problem);
  try {
    return { kept: false, ...toEnd(end.value) };
  } catch (problem) {
    return failed(problem);
  }
}

/** What commits is what the transaction returned: a step that goes on to another end is mistaken. */
function tellDifference(
  { log }: Placement,
  { saga, end, committed }: { saga: SagaRecord; end: Run; committed: unknown },
): void {
  const fields = { sagaId: saga.id, saga: saga.type, step: saga.step };
  if (!end.ok) {
    log.error({ ...fields, err: end.problem }, 'A step failed after its transaction.');
  } else if (end.value !== undefined && !isDeepStrictEqual(end.value, committed)) {
    log.error(fields, 'A step returned something else than its transaction, which counts.');
  }
}

function timeoutOf({ definition, saga }: StepAttempt, { around }: Placement): number {
  const step = findStep(definition, saga.step);
  return step?.kind === 'step' ? step.timeoutMs : around.timings.sagaPivotTimeoutMs;
}

/** What the author wrote for this step in this direction. Pivots and `undone` are one transaction. */
function perform(
  { definition, saga }: Pick<StepAttempt, 'definition' | 'saga'>,
  context: SagaContext,
): unknown {
  const step = findStep(definition, saga.step);
  // A copy each: what a step does to its data is nobody's business but its own.
  const data = structuredClone(saga.data);
  if (!step) {
    const { undone } = definition;
    return context.transaction(
      async (tx) => void (await undone?.(data, tx as never, context as never)),
    );
  }
  if (step.kind === 'pivot') {
    const { work } = step;
    return context.transaction(async (tx) => await work?.(data, tx as never, context as never));
  }
  return saga.state === 'running'
    ? step.do(data, context as never)
    : step.undo?.(data, context as never);
}

type Run =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; problem: unknown };

/** Runs `work` to its end, but not beyond the invocation's. */
function run(invocation: Invocation, work: () => unknown): Promise<Run> {
  return new Promise((resolve) => {
    const give = (problem: unknown) => resolve({ ok: false, problem });
    // Past its time, or cancelled: it is left behind, and its transaction can't begin any more.
    invocation.reject = give;
    invocation.begin();
    const fail = (thrown: unknown) => {
      const problem = invocation.mistake ?? invocation.reason ?? thrown ?? new Error('Nothing.');
      give(problem);
      invocation.cancel(Failure.from(problem));
    };
    const succeed = (value: unknown) => {
      try {
        if (invocation.settled) return;
        invocation.complete(undefined);
        resolve({ ok: true, value });
      } catch (thrown) {
        fail(thrown);
      }
    };
    try {
      Promise.resolve(work()).then(succeed, fail);
    } catch (thrown) {
      fail(thrown);
    }
  });
}

interface Around {
  readonly attempt: StepAttempt;
  readonly invocation: Invocation;
  readonly placement: Placement;
}

/** @throws {UnfitData} when what a step returned does not fit the saga's data. */
function toEnding(
  returned: unknown,
  { attempt, invocation, placement }: Around,
): { readonly ending: Ending; readonly changes: unknown } {
  const { definition, saga } = attempt;
  const waits = returned instanceof SagaWait;
  const changes: unknown = waits ? returned.update : returned;
  const data = changeData(placement, definition, { data: saga.data, changes });
  if (!waits) return { ending: { kind: 'done', data }, changes };
  const { forMs } = returned;
  const { hasCalledKeyed } = invocation;
  return { ending: { kind: 'waiting', data, forMs, hasCalledKeyed }, changes };
}

/** What a step threw, as an ending: errors of contracts are answers, everything else is not. */
function toFailed(problem: unknown, definition: Saga): Ending {
  if (problem instanceof SagaAborted) {
    const { reason: name, message } = problem;
    return { kind: 'refused', reason: { kind: 'aborted', name, message } };
  }
  if (problem instanceof Failure) {
    const { code, message, details } = problem;
    if (problem.class === 'APP') {
      const name = details.name ?? nameOf(details.definition, definition) ?? code;
      return { kind: 'refused', reason: { kind: 'error', name, message: cut(message) } };
    }
    if (problem.class === 'CANCELLED' && code === 'draining') return { kind: 'interrupted' };
    return { kind: 'failed', problem: cut(`${problem.class} ${code}: ${message}`) };
  }
  return { kind: 'failed', problem: cut(String(problem)) };
}

/** The name that one of the saga's contracts gives an error that a step has thrown itself. */
function nameOf(thrown: unknown, { uses, api }: Saga): string | undefined {
  for (const { operations } of [...Object.values(uses), ...(api ? [api] : [])]) {
    for (const { errors } of Object.values(operations)) {
      for (const error of Object.values(errors)) if (error.definition === thrown) return error.name;
    }
  }
  return undefined;
}

function cut(text: string): string {
  return text.slice(0, PROBLEM_LENGTH_MAX);
}
