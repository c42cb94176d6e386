import type { Criticality, Operation } from '@portico/contract';
import { type Call, type Caller, Cancellation, type Trace } from '@portico/service';
import type { Dispatcher } from '@portico/service/spi';
import type { RequestHead } from './request-frame.ts';

/** What calls from other processes are given to: the same as every other call. */
export type WireDispatcher = Pick<Dispatcher, 'dispatch'>;

/** Where the end of a call is told to. */
export interface CallAnswerer {
  succeed(served: ServedCall, output: unknown): void;
  fail(served: ServedCall, thrown: unknown): void;
}

/** A call from another process while it is under way here: what its handler is told of it. */
export class ServedCall implements Call {
  readonly number: number;
  readonly operation: Operation;
  readonly cancellation: Cancellation = new Cancellation();
  caller!: Caller;
  from: string | undefined = undefined;
  deadline = 0;
  key: string | undefined = undefined;
  undoes: string | undefined = undefined;
  criticality: Criticality = 'default';
  trace!: Trace;
  attempt = 1;
  readonly #answerer: CallAnswerer;

  constructor(answerer: CallAnswerer, operation: Operation, number: number) {
    this.#answerer = answerer;
    this.operation = operation;
    this.number = number;
  }

  /** What the request says. */
  take(
    head: RequestHead,
    made: {
      readonly caller: Caller;
      readonly from: string | undefined;
      readonly deadline: number;
      readonly trace: Trace;
    },
  ): void {
    this.caller = made.caller;
    this.from = made.from;
    this.deadline = made.deadline;
    this.key = head.meta.key;
    this.undoes = head.meta.undoes;
    this.criticality = head.criticality;
    this.trace = made.trace;
    this.attempt = head.attempt;
  }

  dispatch(dispatcher: WireDispatcher, input: unknown): void {
    let answer: Promise<unknown>;
    try {
      answer = dispatcher.dispatch(this.operation, input, this);
    } catch (thrown) {
      this.#answerer.fail(this, thrown);
      return;
    }
    answer.then(
      (output) => this.#answerer.succeed(this, output),
      (thrown) => this.#answerer.fail(this, thrown),
    );
  }
}
