import type { Clock } from '@portico/host';
import type { ReplicaRange } from '../placement.ts';
import { createEfficacy } from './efficacy.ts';
import { demandOf, type ScaledReplica } from './load-sample.ts';

/** What the autoscaler of one group is told each second. */
export interface ScalingView {
  /** Those that are not draining. */
  readonly replicas: readonly ScaledReplica[];
  /** How many more the machine can hold. */
  readonly room: number;
}

/** What it wants. */
export type ScalingDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'start'; readonly count: number }
  | { readonly kind: 'drain'; readonly count: number; readonly reason: 'idle' | 'no-use' }
  /** More is needed than the machine can hold: shedding does the rest. */
  | { readonly kind: 'full'; readonly wanted: number };

/** Decides how many replicas of one group there should be. */
export interface Autoscaler {
  /** How hot the group is, smoothed: 1 is just right. Hottest first where room is short. */
  readonly heat: number;
  /** One look, each second. The caller does what it is told, or is told again. */
  decide(view: ScalingView): ScalingDecision;
}

/** How the group is to be scaled. */
export interface ScalingOptions {
  readonly range: ReplicaRange;
}

const SMOOTHING_UP_MS = 5_000;
const SMOOTHING_DOWN_MS = 60_000;
/** Within it, one more or one less would be as wrong. */
const TOLERANCE = 0.1;
const UP_WINDOW_MS = 10_000;
const STARTING_MAX = 0.25;
/** What was wanted lately may be wanted again soon. */
const DOWN_WINDOW_MS = 120_000;
const DOWN_STEP_MS = 20_000;

const KEEP: ScalingDecision = { kind: 'keep' };

/**
 * The autoscaler of one group: up at once and by doubling, down slowly and one by one, and back when
 * more replicas were of no use. It smooths the group's work, not the work per replica: that halves when
 * replicas double, and its smoothed value would ask for twice as many again.
 */
export function createAutoscaler(clock: Clock, options: ScalingOptions): Autoscaler {
  const { min, max } = options.range;
  const up = createSmoothed(SMOOTHING_UP_MS);
  const down = createSmoothed(SMOOTHING_DOWN_MS);
  const counts = createWindow(UP_WINDOW_MS);
  const wishes = createWindow(DOWN_WINDOW_MS);
  const efficacy = createEfficacy(clock);
  let heat = 0;
  let since: number | undefined;
  let drainedAt: number | undefined;

  const grow = (count: number, wanted: number, view: ScalingView): ScalingDecision => {
    const starting = view.replicas.filter(({ ready }) => !ready).length;
    if (starting > STARTING_MAX * count) return KEEP;
    const base = counts.lowest() ?? count;
    const allowed = Math.max(2 * base, base + 2) - count;
    const wish = Math.min(wanted - count, allowed);
    if (wish <= 0) return KEEP;
    const possible = Math.min(wish, view.room);
    if (possible <= 0) return { kind: 'full', wanted };
    efficacy.started(view.replicas, possible);
    return { kind: 'start', count: possible };
  };
  const shrink = (count: number, now: number): ScalingDecision => {
    const highest = wishes.highest() ?? count;
    if (Math.max(min, highest) >= count) return KEEP;
    // What was wanted before the first look is not known.
    if (now - (since ?? now) < DOWN_WINDOW_MS) return KEEP;
    if (drainedAt !== undefined && now - drainedAt < DOWN_STEP_MS) return KEEP;
    drainedAt = now;
    return { kind: 'drain', count: 1, reason: 'idle' };
  };
  return {
    get heat() {
      return heat;
    },
    decide(view) {
      const now = clock.monotonic();
      since ??= now;
      const count = view.replicas.length;
      const demand = demandOf(view.replicas);
      const [high, low] = [up.add(demand.up, now), down.add(demand.down, now)];
      heat = count === 0 ? Number.POSITIVE_INFINITY : high / count;
      counts.add(count, now);
      const upward = wishOf(high, count, { min, max });
      const downward = wishOf(low, count, { min, max });
      wishes.add(Math.max(upward, downward), now);
      // What is missing below the minimum is no question of load, nor of room.
      if (count < min) return { kind: 'start', count: min - count };
      if (count > max) return { kind: 'drain', count: count - max, reason: 'idle' };
      const useless = efficacy.judge(view.replicas);
      if (useless > 0) {
        const back = Math.min(useless, count - min);
        if (back > 0) return { kind: 'drain', count: back, reason: 'no-use' };
      }
      if (upward > count) return efficacy.paused ? KEEP : grow(count, upward, view);
      return downward < count ? shrink(count, now) : KEEP;
    },
  };
}

function wishOf(demand: number, count: number, { min, max }: ReplicaRange): number {
  const isNear = Math.abs(demand - count) <= TOLERANCE * count;
  return Math.min(max, Math.max(min, isNear ? count : Math.ceil(demand)));
}

/** An exponentially weighted mean over time; the first value counts whole. */
function createSmoothed(timeMs: number): { add(value: number, now: number): number } {
  let mean: number | undefined;
  let last = 0;
  return {
    add(value, now) {
      const weight = 1 - Math.exp(-(now - last) / timeMs);
      mean = mean === undefined ? value : mean + weight * (value - mean);
      last = now;
      return mean;
    },
  };
}

interface Window {
  add(value: number, now: number): void;
  lowest(): number | undefined;
  highest(): number | undefined;
}

/** The values of the last so many ms: at one a second, at most some hundred. */
function createWindow(lengthMs: number): Window {
  let values: { readonly value: number; readonly at: number }[] = [];
  const all = () => values.map(({ value }) => value);
  return {
    add(value, now) {
      values = [...values.filter(({ at }) => now - at < lengthMs), { value, at: now }];
    },
    lowest: () => (values.length === 0 ? undefined : Math.min(...all())),
    highest: () => (values.length === 0 ? undefined : Math.max(...all())),
  };
}
