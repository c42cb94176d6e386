import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import type { FactSource, ShopFacts } from './facts.ts';
import type { Verdict } from './invariant.ts';
import { INVARIANTS } from './invariants.ts';
import { readSettled } from './settle.ts';

/** What is checked, and how long for rest is waited. */
export interface CheckRequest {
  readonly source: FactSource;
  readonly answers: readonly Answer[] | undefined;
  readonly settleMs: number;
}

/** What one invariant came to. */
export interface CheckedInvariant extends Verdict {
  readonly id: string;
  readonly title: string;
  readonly status: 'holds' | 'broken' | 'needs';
}

/** What a check came to. */
export interface CheckResult {
  readonly source: string;
  /** All that could be checked holds; some do not; the shop did not come to rest. */
  readonly outcome: 'holds' | 'broken' | 'unsettled';
  /** What the shop was busy with when waiting ended. */
  readonly busy: readonly string[];
  readonly invariants: readonly CheckedInvariant[];
}

/** The exit code that tells an outcome to scripts. */
export const EXIT_CODES = { holds: 0, broken: 1, unsettled: 2 } as const;

/** The payment jobs look every five seconds: what they put right within one round was never broken. */
const SECOND_LOOK_MS = 6_000;

/**
 * Waits until the shop is at rest, then checks every invariant on what it says of itself. What is broken is
 * looked at a second time, if there is time for it.
 */
export async function runCheck(request: CheckRequest): Promise<CheckResult> {
  const { settleMs } = request;
  const startedAt = performance.now();
  const first = await check(request, settleMs);
  const leftMs = settleMs - (performance.now() - startedAt) - SECOND_LOOK_MS;
  if (first.outcome !== 'broken' || leftMs <= 0) return first;
  await sleep(SECOND_LOOK_MS);
  return check(request, leftMs);
}

async function check({ source, answers }: CheckRequest, settleMs: number): Promise<CheckResult> {
  const found = await readSettled(source, settleMs);
  const traces = source.findErased?.();
  const invariants = judge({ ...found.facts, ...(traces ? { traces } : {}) }, answers);
  const busy = found.kind === 'busy' ? found.with : [];
  const outcome = busy.length > 0 ? 'unsettled' : isBroken(invariants) ? 'broken' : 'holds';
  return { source: source.name, outcome, busy, invariants };
}

/** Every invariant on the same evidence. */
export function judge(
  facts: ShopFacts,
  answers: readonly Answer[] | undefined,
): CheckedInvariant[] {
  return INVARIANTS.map(({ id, title, check }) => {
    const verdict = check({ facts, answers });
    const status = verdict.broken.length > 0 ? 'broken' : verdict.needs ? 'needs' : 'holds';
    return { id, title, status, ...verdict };
  });
}

function isBroken(invariants: readonly CheckedInvariant[]): boolean {
  return invariants.some(({ status }) => status === 'broken');
}
