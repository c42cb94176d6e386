import type { Api } from '@portico/contract';
import type { Uses } from './client.ts';
import type { SagaRun, UndoneRun } from './saga-run.ts';

/** From the start to the pivot, unless a saga says something else. */
export const SAGA_DEADLINE_MS = 5 * 60_000;
/** So long without an answer an operator is told, unless a saga says less. */
export const SAGA_STUCK_MS = 3_600_000;
/** More is a loop, or work for a table of its own. */
export const SAGA_STEPS_MAX = 1_000;

/** A step with its types forgotten: what the runtime works with. */
export type StepDefinition =
  | {
      readonly kind: 'step';
      readonly name: string;
      readonly do: (data: unknown, context: never) => unknown;
      readonly undo: ((data: unknown, context: never) => unknown) | undefined;
      /** Whether the author has said what undoing means. */
      readonly undoSaid: boolean;
      readonly timeoutMs: number;
      readonly attemptsMax: number;
      readonly limitMs: number;
    }
  | {
      readonly kind: 'pivot';
      readonly name: string;
      readonly work: ((data: unknown, transaction: never, context: SagaRun) => unknown) | undefined;
    };

/** A saga with its types forgotten but for its data. */
export interface Saga<D = unknown> {
  readonly kind: 'saga';
  readonly name: string;
  readonly version: number;
  readonly uses: Uses;
  readonly api: Api | undefined;
  /** Its one operation's input is the saga's data: the rules of contracts hold for it too. */
  readonly dataApi: Api;
  readonly steps: readonly StepDefinition[];
  readonly deadlineMs: number;
  readonly stuckMs: number;
  readonly undone: ((data: unknown, transaction: never, context: UndoneRun) => unknown) | undefined;
  readonly [dataType]?: { readonly type: D };
}

declare const dataType: unique symbol;

/** What a saga is started with. */
export interface SagaStart<D> {
  /** Unique in the service, over all its sagas: 1 to 100 visible ASCII characters. Keys begin with it. */
  readonly id: string;
  readonly data: D;
  /** Sagas of one queue run one after the other, in the order of their start. */
  readonly queue?: string;
}

/** Starts a saga with the transaction. False when there is one of that id already: nothing happens then. */
export type StartSaga = <D>(saga: Saga<D>, start: SagaStart<NoInfer<D>>) => Promise<boolean>;
