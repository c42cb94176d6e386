import { type OpenStore, OutcomeConflict, type StoreTransaction } from '@portico/store/spi';
import type { Invocation } from './invocation.ts';
import { type KeyedEffect, toRecord } from './keyed-effect.ts';
import { assertKey, toOutcomeKey } from './keys.ts';

/** Forward call and tombstone may race; one of them has won by the second attempt. */
const ATTEMPTS_MAX = 3;

/**
 * The beginning of a compensation: looks up, in one transaction, what the forward call came to.
 *
 * - Nothing: a tombstone is written, which refuses the forward call should it still arrive. `done`.
 * - A declared error or a tombstone: there is no effect to undo. `done`.
 * - A value: the handler has to run, with that value as `ctx.undone`. `needed`.
 */
export async function undo(
  invocation: Invocation,
  store: OpenStore,
  effect: KeyedEffect,
): Promise<'done' | 'needed'> {
  const { entry, undoes, deadline } = invocation;
  const forward = entry?.operation.undoes;
  if (!entry || forward === undefined || undoes === undefined) return 'needed';
  const forwardId = `${entry.operation.api}.${forward}`;
  assertKey(undoes, forwardId);
  const id = toOutcomeKey(invocation, forwardId, undoes);
  const look = async (tx: StoreTransaction): Promise<'done' | 'needed'> => {
    const found = await tx.findOutcome(id);
    if (found?.outcome.kind === 'value' || found?.outcome.kind === 'forgotten') {
      invocation.undone = found.outcome.kind === 'value' ? found.outcome.value : undefined;
      return 'needed';
    }
    if (!found) {
      const { origin } = effect;
      await tx.recordOutcome({ ...id, hash: '', outcome: { kind: 'tombstone' }, origin });
    }
    await tx.recordOutcome(toRecord(effect, { kind: 'value', value: null }));
    return 'done';
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transaction(look, { deadline });
    } catch (thrown) {
      if (!(thrown instanceof OutcomeConflict)) throw thrown;
      // Either the undo itself has been done meanwhile, or the forward call has.
      effect.stored = await store.findOutcome(effect.id);
      if (effect.stored) return 'done';
      if (attempt === ATTEMPTS_MAX) throw thrown;
    }
  }
}
