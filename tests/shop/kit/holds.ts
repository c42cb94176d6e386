import assert from 'node:assert/strict';
import { formatReport } from '../../../systems/shop/check/report.ts';
import { runCheck } from '../../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../../systems/shop/check/store-source.ts';

/** Longer than anything the shop does by itself, on any machine: a parked event is tried again after 1, 5 and 25 s. */
const SETTLE_MS = 180_000;

/** The shop comes to rest, and every invariant holds: what a test of races and faults ends with. */
export async function assertHolds({ directory }: { readonly directory: string }): Promise<void> {
  const result = await runCheck({
    source: createStoreSource(directory),
    answers: undefined,
    settleMs: SETTLE_MS,
  });
  assert.equal(result.outcome, 'holds', formatReport(result));
}
