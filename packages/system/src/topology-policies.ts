import {
  adjust,
  CALLEE_DEFAULTS,
  CALLER_DEFAULTS,
  type CalleePolicies,
  type CallerPolicies,
} from '@portico/runtime';
import type { PlacedPolicies } from '@portico/supervisor';
import * as z from 'zod';

type Side = 'caller' | 'callee';
interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly whole?: true;
}
type BoundsOf<Policies> = {
  readonly [Section in keyof Policies]: { readonly [Name in keyof Policies[Section]]: Bounds };
};

/** More is a mistake, not a wish. */
const COUNT: Bounds = { from: 1, to: 1_000_000, whole: true };
const COUNT_OR_NONE: Bounds = { from: 0, to: 1_000_000, whole: true };
const RATE: Bounds = { from: 0, to: 1_000_000 };
const MS: Bounds = { from: 1, to: 3_600_000, whole: true };
/** What is counted in steps of a second. */
const WINDOW: Bounds = { from: 1_000, to: 3_600_000, whole: true };
const SHARE: Bounds = { from: 0, to: 1 };
const SHARE_ABOVE_0: Bounds = { from: 0.01, to: 1 };

const CALLER: BoundsOf<CallerPolicies> = {
  bulkhead: { inFlightMax: COUNT },
  throttle: {
    windowMs: WINDOW,
    ratio: { from: 1, to: 1_000 },
    chanceMax: { from: 0, to: 0.99 },
    callsPerSecondMin: RATE,
  },
  retry: { attemptsMax: { from: 1, to: 10, whole: true }, delayMs: MS, delayMaxMs: MS },
  retryBudget: { share: SHARE, perSecond: RATE, memoryMs: WINDOW },
  ejection: {
    failuresInRow: COUNT,
    failureShare: SHARE_ABOVE_0,
    callsMin: COUNT,
    windowMs: WINDOW,
    timeMs: MS,
    timeMaxMs: MS,
    forgivenMs: MS,
  },
  balancer: {
    latencyMemoryMs: MS,
    slowStartMs: MS,
    slowStartShare: SHARE_ABOVE_0,
    loadMin: SHARE_ABOVE_0,
  },
  subset: { allUpTo: COUNT, size: COUNT },
};

const CALLEE: BoundsOf<CalleePolicies> = {
  limit: {
    start: COUNT,
    min: COUNT,
    max: COUNT,
    waitedShareMax: SHARE,
    usedShareMin: SHARE,
    cut: { from: 0.01, to: 0.99 },
  },
  queue: {
    sizeMax: COUNT_OR_NONE,
    burstMax: COUNT_OR_NONE,
    targetMs: MS,
    intervalMs: MS,
    patienceMs: MS,
  },
  shares: {
    batch: SHARE_ABOVE_0,
    sheddable: SHARE_ABOVE_0,
    default: SHARE_ABOVE_0,
    critical: SHARE_ABOVE_0,
  },
  guard: {
    loopUtilisationMax: SHARE_ABOVE_0,
    loopDelayP99MaxMs: MS,
    heapShareMax: SHARE_ABOVE_0,
  },
  bulkhead: { inFlightMax: COUNT },
  platform: { inFlightMax: COUNT },
  waiting: { inFlightMax: COUNT },
};

/** What would contradict itself: the first may not be above the second. */
const ORDERED: readonly (readonly [Side, string, string, string])[] = [
  ['caller', 'retry', 'delayMs', 'delayMaxMs'],
  ['caller', 'ejection', 'timeMs', 'timeMaxMs'],
  ['caller', 'subset', 'size', 'allUpTo'],
  ['callee', 'limit', 'min', 'start'],
  ['callee', 'limit', 'start', 'max'],
  ['callee', 'shares', 'batch', 'sheddable'],
  ['callee', 'shares', 'sheddable', 'default'],
  ['callee', 'shares', 'default', 'critical'],
];

/** The form of `policies` in a topology file: names and units of the defaults, each within its bounds. */
export const policiesForm = z.strictObject({
  caller: toForm(CALLER).optional(),
  callee: toForm(CALLEE).optional(),
}) as z.ZodType<PlacedPolicies>;

function toForm(sides: Readonly<Record<string, Readonly<Record<string, Bounds>>>>) {
  const sections = Object.entries(sides).map(([section, names]) => {
    const values = Object.entries(names).map(([name, bounds]) => [
      name,
      toNumber(bounds).optional(),
    ]);
    return [section, z.strictObject(Object.fromEntries(values)).optional()] as const;
  });
  return z.strictObject(Object.fromEntries(sections));
}

function toNumber({ from, to, whole }: Bounds) {
  const error = `must be a ${whole ? 'whole ' : ''}number from ${from} to ${to}`;
  const number = z.number({ error }).min(from, { error }).max(to, { error });
  return whole ? number.int({ error }) : number;
}

/** `policies` with what `changes` say, value by value. */
export function mergePolicies(
  policies: PlacedPolicies = {},
  changes: PlacedPolicies = {},
): PlacedPolicies {
  const merged: Record<string, PlacedPolicies[string]> = { ...policies };
  for (const [side, sections] of Object.entries(changes)) {
    const known = merged[side] ?? {};
    const next = Object.entries(sections).map(([section, values]) => [
      section,
      { ...known[section], ...values },
    ]);
    merged[side] = { ...known, ...Object.fromEntries(next) };
  }
  return merged;
}

/** What values say against each other, once what is left open is the default. */
export function policyMistakes(policies: PlacedPolicies | undefined, place: string): string[] {
  if (!policies) return [];
  const effective: PlacedPolicies = {
    caller: adjust(CALLER_DEFAULTS, policies.caller) as never,
    callee: adjust(CALLEE_DEFAULTS, policies.callee) as never,
  };
  return ORDERED.flatMap(([side, section, smaller, larger]) => {
    const values = effective[side]?.[section] ?? {};
    const [low = 0, high = 0] = [values[smaller], values[larger]];
    if (low <= high) return [];
    return [`${place}.${side}.${section}: ${smaller} ${low} is above ${larger} ${high}`];
  });
}
