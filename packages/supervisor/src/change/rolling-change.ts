import { surgeOf } from '../placement.ts';
import type { ReplicaPhase } from '../policy/replica-health.ts';
import { type CallFigures, judgeCanary } from './canary.ts';

/** Where a rolling change stands. As plain data, so that the next supervisor can go on with it. */
export interface RollingChange {
  readonly group: string;
  /** Revisions of the group: what its replicas are started from. */
  readonly from: number;
  readonly to: number;
  /** How many replicas serve throughout. */
  readonly count: number;
  /** Whether callers judge the first new replica before the second is started. */
  readonly canary: boolean;
  readonly phase: RollingPhase;
  /** Unix time in ms: it has to survive a restart of the supervisor. */
  readonly startedAt: number;
  readonly phaseAt: number;
  /** Why it was turned back. */
  readonly reason?: string;
}

/**
 * `first`: one new replica beside the full old group. `canary`: it is ready, and judged. `rolling`: the
 * rest, batch by batch. `back`: the same way with the old revision, or simply away with the new one.
 */
export type RollingPhase = 'first' | 'canary' | 'rolling' | 'back' | 'done' | 'rolled-back';

/** One replica of the group. */
export interface RollingReplica {
  readonly name: string;
  readonly revision: number;
  readonly phase: ReplicaPhase;
  readonly ageMs: number;
}

/** What there is, at one look. */
export interface RollingView {
  /** Unix time in ms. */
  readonly now: number;
  readonly replicas: readonly RollingReplica[];
  /** Unwanted ends of replicas of the new revision since the change began. */
  readonly crashes: number;
  /** What callers saw since the canary was ready. */
  readonly figures?: { readonly old: CallFigures; readonly new: CallFigures };
}

/** What is to be done before the next look. */
export type RollingAction =
  | { readonly kind: 'start'; readonly revision: number; readonly count: number }
  | { readonly kind: 'drain'; readonly replica: string };

/** A change after one look at it, and what to do. */
export interface RollingStep {
  readonly change: RollingChange;
  readonly actions: readonly RollingAction[];
}

const READY_WITHIN_MS = 60_000;
const CHANGE_WITHIN_MS = 600_000;
const CRASHES_MAX = 2;

/**
 * One look at a rolling change. Decides by what is there, not by what was ordered: an order that was lost
 * with a supervisor is given again. At every moment at least `count` replicas serve or, at its start, as
 * many as there were; at most a quarter more than `count` are there, and one at least.
 */
export function advanceChange(change: RollingChange, view: RollingView): RollingStep {
  const turned = turnBack(change, view);
  if (turned) return advanceChange(turned, view);
  switch (change.phase) {
    case 'first':
      return first(change, view);
    case 'canary':
      return canary(change, view);
    case 'rolling':
    case 'back':
      return roll(change, view);
    default:
      return { change, actions: [] };
  }
}

/** What a supervisor does with a change that it finds: unjudged it goes back, judged it goes on. */
export function resumeChange(change: RollingChange, now: number): RollingChange {
  const isUnjudged = change.phase === 'first' || change.phase === 'canary';
  return isUnjudged ? back(change, now, 'the supervisor ended before it was judged') : change;
}

/** The same change, but on its way back. */
export function back(change: RollingChange, now: number, reason: string): RollingChange {
  return { ...change, phase: 'back', phaseAt: now, reason };
}

function turnBack(change: RollingChange, view: RollingView): RollingChange | undefined {
  const { phase, startedAt, to } = change;
  if (phase !== 'first' && phase !== 'canary' && phase !== 'rolling') return undefined;
  const late = view.replicas.find(
    (one) => one.revision === to && one.phase === 'starting' && one.ageMs > READY_WITHIN_MS,
  );
  if (late) return back(change, view.now, `${late.name} was not ready within 60 s`);
  if (view.crashes >= CRASHES_MAX || (phase === 'first' && view.crashes > 0))
    return back(change, view.now, 'new replicas crashed');
  if (view.now - startedAt > CHANGE_WITHIN_MS)
    return back(change, view.now, 'it took longer than 10 min');
  return undefined;
}

function first(change: RollingChange, view: RollingView): RollingStep {
  const { to, canary: judged } = change;
  const young = view.replicas.filter((one) => one.revision === to && isActive(one));
  if (young.length === 0) return { change, actions: [{ kind: 'start', revision: to, count: 1 }] };
  if (!young.some(({ phase }) => phase === 'ready')) return { change, actions: [] };
  const next = judged ? 'canary' : 'rolling';
  return { change: { ...change, phase: next, phaseAt: view.now }, actions: [] };
}

function canary(change: RollingChange, view: RollingView): RollingStep {
  const none: CallFigures = { calls: 0, failures: 0, timed: 0, p95Ms: 0 };
  const verdict = judgeCanary({
    old: view.figures?.old ?? none,
    new: view.figures?.new ?? none,
    elapsedMs: view.now - change.phaseAt,
    crashes: view.crashes,
  });
  if (verdict.kind === 'wait') return { change, actions: [] };
  if (verdict.kind === 'pass')
    return { change: { ...change, phase: 'rolling', phaseAt: view.now }, actions: [] };
  return { change: back(change, view.now, verdict.reason), actions: [] };
}

/** A look at the exchange of one revision for another: surge first, then drain as many as stand over. */
function roll(change: RollingChange, view: RollingView): RollingStep {
  const { count, phase } = change;
  const goal = phase === 'back' ? change.from : change.to;
  const active = view.replicas.filter(isActive);
  const wanted = active.filter(({ revision }) => revision === goal);
  const others = active.filter(({ revision }) => revision !== goal);
  const ready = active.filter((one) => one.phase === 'ready');
  const ends = others.filter((one) => one.phase !== 'ready');
  const drains: string[] = [];
  // What does not serve is missed by nobody; of those that do, only what stands over goes.
  let spare = ready.length - count;
  for (const one of [...ends, ...others.filter(({ phase: its }) => its === 'ready')]) {
    const serves = one.phase === 'ready';
    if (serves && spare <= 0) continue;
    if (serves) spare--;
    drains.push(one.name);
  }
  const actions: RollingAction[] = drains.map((replica) => ({ kind: 'drain', replica }));
  const isWaiting = wanted.some((one) => one.phase !== 'ready');
  const missing = count - wanted.length;
  // While the old stand full, a batch on top; what has gone missing besides is replaced at once.
  const room = count + surgeOf(count) - (active.length - drains.length);
  const start = Math.min(missing, room);
  if (start > 0 && !isWaiting) actions.push({ kind: 'start', revision: goal, count: start });
  const isOver = others.length === 0 && missing <= 0 && !isWaiting;
  if (!isOver) return { change, actions };
  const end = phase === 'back' ? 'rolled-back' : 'done';
  const excess = wanted.slice(count).map(({ name }) => ({ kind: 'drain' as const, replica: name }));
  return { change: { ...change, phase: end, phaseAt: view.now }, actions: [...actions, ...excess] };
}

const isActive = ({ phase }: RollingReplica) => phase !== 'draining' && phase !== 'stopped';
