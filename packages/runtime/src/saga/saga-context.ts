import type { Logger } from '@portico/service';
import type { StoredReason } from '@portico/store/spi';
import { HandlerContext } from '../handler-context.ts';
import type { Invocation } from '../invocation.ts';
import type { CreateUses } from '../uses.ts';

/** Which attempt at which step of which saga this is. */
export interface StepFacts {
  readonly sagaId: string;
  readonly step: string;
  readonly startedAt: number;
  readonly attempt: number;
  /** What the keys of its calls begin with: `<saga>/<step>`, in an undo `<saga>/<step>/undo`. */
  readonly base: string;
  readonly forwardBase: string;
  readonly reason: StoredReason | undefined;
}

/** What a step, an undo, a pivot gets: a handler's context, and what it is about. */
export class SagaContext extends HandlerContext {
  readonly sagaId: string;
  readonly startedAt: number;
  readonly attempt: number;
  readonly reason: StoredReason | undefined;
  readonly #facts: StepFacts;

  constructor(invocation: Invocation, createUses: CreateUses, facts: StepFacts) {
    super(invocation, createUses);
    this.sagaId = facts.sagaId;
    this.startedAt = facts.startedAt;
    this.attempt = facts.attempt;
    this.reason = facts.reason;
    this.#facts = facts;
  }

  override get log(): Logger {
    const { sagaId, step } = this.#facts;
    return super.log.child({ sagaId, step });
  }

  get key(): (name: string) => string {
    return (name) => `${this.#facts.base}/${name}`;
  }

  get forwardKey(): (name: string) => string {
    return (name) => `${this.#facts.forwardBase}/${name}`;
  }
}
