import type { Outcome, OutcomeKey, OutcomeRecord } from '@portico/store/spi';

/** A keyed call under way: what its transaction must record, and what it has recorded. */
export interface KeyedEffect {
  readonly id: OutcomeKey;
  readonly hash: string;
  readonly origin: OutcomeRecord['origin'];
  readonly subject: string | undefined;
  /** Set by the one transaction: the call's outcome from then on, whatever its handler does. */
  recorded: Outcome | undefined;
  /** The very value that the transaction returned, to be returned by the handler. */
  returned: unknown;
  /** The declared error that ended the transaction, as thrown. */
  thrown: unknown;
  /** Another attempt was faster: its outcome is the answer. */
  stored: OutcomeRecord | undefined;
  /** The one transaction has begun: no other may. */
  begun: boolean;
}

/** A keyed call that others of the same key can wait for. */
export interface RunningEffect {
  readonly hash: string;
  readonly answer: Promise<unknown>;
  /** Settled before its answer is: its caller has given up, and nobody need wait for it. */
  readonly call: { readonly settled: boolean };
}

/** The record of `effect` with its outcome. */
export function toRecord(effect: KeyedEffect, outcome: Outcome): OutcomeRecord {
  const { id, hash, origin, subject } = effect;
  return { ...id, hash, origin, outcome, ...(subject === undefined ? {} : { subject }) };
}
