/** What callers saw of some replicas since a moment. */
export interface CallFigures {
  readonly calls: number;
  /** Counted failures and `BUG`; refusals and what the contract declares are none. */
  readonly failures: number;
  /** Calls after the slow start, whose latency counts. */
  readonly timed: number;
  /** Of those. */
  readonly p95Ms: number;
}

/** Old and new replicas side by side, since the new one was ready. */
export interface CanaryView {
  readonly old: CallFigures;
  readonly new: CallFigures;
  readonly elapsedMs: number;
  /** Unwanted ends of the new one. */
  readonly crashes: number;
}

/** What is to be done about the new one. */
export type CanaryVerdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly reason: string };

/** The balancer gives a new replica its share over these; its first calls are not typical. */
export const SLOW_START_MS = 10_000;
const ENOUGH_CALLS = 200;
const ENOUGH_MS = 60_000;
/** Fewer say nothing about rates: only crashes and readiness judge then. */
const CALLS_MIN = 20;
/** Two failures may be an accident of any release. */
const FAILURES_MIN = 3;
const RATE_MARGIN = 0.01;
const SLOWER_FACTOR = 1.5;
const SLOWER_MS = 5;

const WAIT: CanaryVerdict = { kind: 'wait' };

/** Judges a new replica by what callers see of it and of the old ones at the same time. */
export function judgeCanary(view: CanaryView): CanaryVerdict {
  if (view.crashes > 0) return { kind: 'fail', reason: 'a new replica crashed' };
  if (view.elapsedMs < SLOW_START_MS) return WAIT;
  const isOver = view.new.timed >= ENOUGH_CALLS || view.elapsedMs >= ENOUGH_MS;
  if (!isOver) return WAIT;
  const reason = view.new.calls < CALLS_MIN ? undefined : (moreFailures(view) ?? slower(view));
  return reason === undefined ? { kind: 'pass' } : { kind: 'fail', reason };
}

function moreFailures({ old, new: young }: CanaryView): string | undefined {
  const [before, after] = [rateOf(old), rateOf(young)];
  if (young.failures < FAILURES_MIN || after <= before + RATE_MARGIN) return undefined;
  return `${percent(after)} of its ${young.calls} calls failed, ${percent(before)} of the old ones'`;
}

function slower({ old, new: young }: CanaryView): string | undefined {
  // Nothing to compare with, where hardly anybody called.
  if (Math.min(old.timed, young.timed) < CALLS_MIN) return undefined;
  if (young.p95Ms <= SLOWER_FACTOR * old.p95Ms + SLOWER_MS) return undefined;
  return `95 % of its calls take up to ${round(young.p95Ms)} ms, of the old ones' ${round(old.p95Ms)} ms`;
}

const rateOf = ({ calls, failures }: CallFigures) => (calls === 0 ? 0 : failures / calls);
const round = (value: number) => Math.round(value * 10) / 10;
const percent = (rate: number) => `${round(rate * 100)} %`;
