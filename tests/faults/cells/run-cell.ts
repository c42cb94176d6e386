import { readAnswers } from '../../../systems/shop/check/answers.ts';
import { formatReport } from '../../../systems/shop/check/report.ts';
import { type CheckResult, runCheck } from '../../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../../systems/shop/check/store-source.ts';
import { answersOf, problemsOf, startBuyers } from '../../processes/buyers.ts';
import { type LoadFigures, toFigures } from '../../processes/load-figures.ts';
import { NEEDS, type Sample, startSteadyLoad } from '../../processes/steady-load.ts';
import { type CellGroup, type CellShop, SKU } from './cell-shop.ts';
import type { Fault } from './faults.ts';

/** How much goes on in a cell. */
export interface CellLoad {
  /** Requests each second. */
  readonly rate: number;
  readonly clients: number;
  /** Checkouts that begin each second. */
  readonly buyers: number;
  readonly seed: number;
  /** How long sagas may take to end once all is well again. Default: a minute. */
  readonly settleMs?: number;
}

/** One fault in one topology. */
export interface CellFigures {
  readonly topology: string;
  readonly fault: string;
  /** The group that was struck. */
  readonly who: string;
  /** From the end of the fault until everything was answered again. */
  readonly wellMs: number;
  /** Operations that need nobody who was struck. */
  readonly others: LoadFigures;
  readonly own: LoadFigures;
  /** Whether those must not have failed either. */
  readonly isMild: boolean;
  /** What buyers met, who ask again. */
  readonly buyers: readonly string[];
  readonly orders: number;
  /** Who ended though nobody had struck it. */
  readonly lost: readonly string[];
  readonly check: CheckResult;
}

/** Before and while. */
const AROUND = 30;
const WELL_TIMES = 5;
const PATIENCE_MS = 60_000;

/**
 * Strikes a shop that people use, heals it, waits until everything is answered again and no saga is under way,
 * and checks it.
 * @throws {Error} when the fault has no effect, or when it is not well within a minute.
 */
export async function runCell(
  cell: CellShop,
  { fault, load: wanted }: { readonly fault: Fault; readonly load: CellLoad },
): Promise<CellFigures> {
  const { shop } = cell;
  const { rate, clients, seed } = wanted;
  const group = await groupOf(cell, fault.part);
  const buyers = await startBuyers(shop, { rate: wanted.buyers, seed, patienceMs: PATIENCE_MS });
  const load = await startSteadyLoad({ origin: shop.origin, clients, rate, sku: SKU });
  try {
    await load.more(AROUND);
    const before = shop.processes();
    const from = performance.now();
    const struck = await fault.strike({ cell, group, load });
    await struck.heal();
    const healedAt = performance.now();
    await shop.settled();
    await load.well(WELL_TIMES);
    const wellMs = Math.round(performance.now() - healedAt);
    await buyers.bought();
    const samples = (await load.stop()).filter(({ endedAt }) => endedAt >= from);
    const bought = await buyers.stop();
    const after = new Set(shop.processes().map(({ pid }) => pid));
    const needs = needsOf(group);
    const check = await runCheck({
      source: createStoreSource(shop.directory),
      answers: readAnswers(answersOf(shop)),
      settleMs: wanted.settleMs ?? PATIENCE_MS,
    });
    return {
      ...{ topology: cell.topology, fault: fault.name, who: group.name, wellMs },
      others: toFigures(samples.filter((sample) => !needs(sample))),
      own: toFigures(
        samples.filter((sample) => needs(sample) && sample.startedAt >= (struck.since ?? from)),
      ),
      isMild: fault.isMild === true,
      buyers: problemsOf(bought),
      orders: bought.orders,
      lost: before.flatMap(({ name, pid }) =>
        after.has(pid) || isOf(name, group.name) ? [] : [name],
      ),
      check,
    };
  } finally {
    await load.stop();
    await buyers.stop();
  }
}

/** What did not hold; nothing when all did. */
export function brokenIn({ others, own, isMild, lost, check }: CellFigures): readonly string[] {
  const mild = isMild ? Object.entries(own.problems) : [];
  return [
    ...mild.map(([name, count]) => `on the path: ${name}: ${count}`),
    ...Object.entries(others.problems).map(([name, count]) => `off the path: ${name}: ${count}`),
    ...lost.map((name) => `${name} has ended, too`),
    ...(check.outcome === 'holds' ? [] : [formatReport(check)]),
  ];
}

/** Those who watch serve nobody; with the keeper, everything is started again. */
async function groupOf(cell: CellShop, part: string): Promise<CellGroup> {
  if (part === 'supervisor') return { name: part, services: [], replicas: [part] };
  if (part !== 'keeper') return cell.groupOf(part);
  return { name: part, services: Object.values(NEEDS).flat(), replicas: [] };
}

function isOf(process: string, group: string): boolean {
  return group === 'keeper' || process.replace(/-\d+$/, '') === group;
}

/** Whether an operation needs a group: the gateway, or what it calls. */
function needsOf({ name, services }: CellGroup): (sample: Sample) => boolean {
  if (name === 'edge') return () => true;
  return ({ operation }) => NEEDS[operation]?.some((each) => services.includes(each)) === true;
}
