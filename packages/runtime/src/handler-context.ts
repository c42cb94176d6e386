import { Failure } from '@portico/contract';
import type { Clock, Ids, Random, Timers } from '@portico/host';
import type { Call, Caller, Logger, SagaReader, Transaction } from '@portico/service';
import type { Invocation } from './invocation.ts';
import { createSagaReader } from './saga/saga-reader.ts';
import { forgetCaller, transact } from './transactions.ts';
import type { CreateUses } from './uses.ts';

type Work = (transaction: Transaction<unknown>) => Promise<unknown>;

/**
 * What a handler gets beside its input. Members are getters on one prototype, so that a context costs
 * one small object per call, and functions are bound when they are read: destructuring works.
 */
export class HandlerContext {
  readonly #invocation: Invocation;
  readonly #createUses: CreateUses;
  #log: Logger | undefined = undefined;

  constructor(invocation: Invocation, createUses: CreateUses) {
    this.#invocation = invocation;
    this.#createUses = createUses;
  }

  get uses(): object {
    return this.#createUses(this.#invocation);
  }

  get store(): unknown {
    return this.#invocation.placement.store?.read;
  }

  get sagas(): SagaReader {
    return createSagaReader(this.#invocation);
  }

  get transaction(): (work: Work) => Promise<unknown> {
    return (work) => transact(this.#invocation, work);
  }

  get forgetCaller(): (subject: string) => Promise<number> {
    return (subject) => forgetCaller(this.#invocation, subject);
  }

  get config(): unknown {
    return this.#invocation.placement.config;
  }

  get log(): Logger {
    const { placement, label, trace } = this.#invocation;
    this.#log ??= placement.log.child({ operation: label, traceId: trace.traceId });
    return this.#log;
  }

  get clock(): Clock {
    return this.#invocation.placement.around.host.clock;
  }

  get timers(): Timers {
    return this.#invocation.placement.around.host.timers;
  }

  get random(): Random {
    return this.#invocation.placement.around.host.random;
  }

  get ids(): Ids {
    return this.#invocation.placement.around.host.ids;
  }

  get signal(): AbortSignal {
    return this.#invocation.cancellation.signal;
  }

  get remainingMs(): () => number {
    const { deadline } = this.#invocation;
    return () => Math.max(0, deadline - this.clock.monotonic());
  }

  get caller(): Caller {
    return this.#invocation.caller;
  }

  get call(): Call {
    const { caller, from, deadline, cancellation, key, undoes, criticality, trace, attempt } =
      this.#invocation;
    return { caller, from, deadline, cancellation, key, undoes, criticality, trace, attempt };
  }

  get undone(): unknown {
    return this.#invocation.undone;
  }

  get subject(): () => string {
    return () => subjectOf(this.#invocation.caller);
  }

  get owned(): <Row>(
    row: Row | undefined,
    ownerOf: (row: Row) => string,
    override?: string,
  ) => Row {
    const { caller } = this.#invocation;
    return (row, ownerOf, override) => {
      if (row === undefined) throw notFound();
      if (override !== undefined && caller.permissions.has(override)) return row;
      if (isOwner(caller, ownerOf(row))) return row;
      throw notFound();
    };
  }
}

/**
 * The caller as an owner of rows: a user by the bare id, everyone else with the kind. So a consumer
 * named like a user owns nothing of that user's, and no user can be named like a consumer.
 */
function subjectOf({ subject }: Caller): string {
  if (subject === undefined) {
    throw Failure.rejected('unauthenticated', 'This operation needs a credential.');
  }
  const bare = subject.startsWith('user:') ? subject.slice('user:'.length) : subject;
  return bare.includes(':') ? subject : bare;
}

/** Nobody owns what belongs to "". */
function isOwner(caller: Caller, owner: string): boolean {
  return caller.subject !== undefined && owner !== '' && subjectOf(caller) === owner;
}

/** Somebody else's thing and no thing at all have the same answer. */
function notFound(): Failure {
  return Failure.rejected('not-found', 'There is no such thing.');
}
