import { readAnswers } from '../../systems/shop/check/answers.ts';
import { type CheckResult, runCheck } from '../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../systems/shop/check/store-source.ts';
import { sell } from '../shop/kit/goods.ts';
import { answersOf, problemsOf, startBuyers } from './buyers.ts';
import { CHANGES } from './changes.ts';
import { groupsOf, type SupervisedShop, startSupervisedShop } from './kit.ts';
import { type LoadFigures, type LossFigures, toFigures, toLossFigures } from './load-figures.ts';
import { LOSSES, lose, processOf, replaced } from './losses.ts';
import { startSteadyLoad } from './steady-load.ts';

/** How a run of changes is made. */
export interface ChangesRequest {
  /** The least requests around each planned change. */
  readonly requests: number;
  /** Each second. */
  readonly rate: number;
  readonly seed: number;
  /** Leaves the planned changes out. */
  readonly lossesOnly?: boolean;
  /** Hears of each line of the result. */
  onDone?(line: ChangeFigures | LostFigures): void;
}

/** What a planned change did to those who asked for something meanwhile. */
export interface ChangeFigures extends LoadFigures {
  readonly change: string;
  /** From the order until every process knew of its end. */
  readonly tookMs: number;
  /** What went wrong for people who bought something. */
  readonly buyers: readonly string[];
  /** Checkouts begun meanwhile. */
  readonly checkouts: number;
}

/** What the loss of a process did. */
export interface LostFigures extends LossFigures {
  readonly loss: string;
  /** It was not ended, and had to be noticed first. */
  readonly stoodStill: boolean;
}

/** What a run came to. */
export interface ChangesFigures {
  readonly seed: number;
  readonly rate: number;
  readonly changes: readonly ChangeFigures[];
  readonly losses: readonly LostFigures[];
  readonly check: CheckResult;
}

const SKU = 'LANTERN-1';
const CLIENTS = 24;
const BUYERS_RATE = 1;
const PATIENCE_MS = 60_000;
/** Of each operation, in a row, after a loss. */
const WELL_TIMES = 5;
/** Around a loss. */
const LOSS_REQUESTS = 2_000;
/** Of the requests of a change, those before it. */
const BEFORE_SHARE = 0.1;

/**
 * Every planned change and every loss, one after the other, in one shop of real processes under a steady load;
 * at the end the checker, with what buyers were told.
 */
export async function runChanges(request: ChangesRequest): Promise<ChangesFigures> {
  const { seed, rate, onDone } = request;
  const shop = await startSupervisedShop(groupsOf());
  try {
    await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: 1_000_000 });
    const changes: ChangeFigures[] = [];
    for (const change of request.lossesOnly ? [] : CHANGES) {
      const figures = await measureChange(shop, request, change);
      changes.push(figures);
      onDone?.(figures);
    }
    const losses: LostFigures[] = [];
    for (const loss of LOSSES) {
      const figures = await measureLoss(shop, request, loss);
      losses.push(figures);
      onDone?.(figures);
    }
    const check = await runCheck({
      source: createStoreSource(shop.directory),
      answers: readAnswers(answersOf(shop)),
      settleMs: PATIENCE_MS,
    });
    return { seed, rate, changes, losses, check };
  } finally {
    await shop.stop();
  }
}

async function measureChange(
  shop: SupervisedShop,
  { requests, rate, seed }: ChangesRequest,
  { name, make }: (typeof CHANGES)[number],
): Promise<ChangeFigures> {
  const buyers = await startBuyers(shop, { rate: BUYERS_RATE, seed, patienceMs: 0 });
  const load = await startSteadyLoad({ origin: shop.origin, clients: CLIENTS, rate, sku: SKU });
  try {
    await load.more(BEFORE_SHARE * requests);
    const startedAt = performance.now();
    await make(shop);
    const tookMs = Math.round(performance.now() - startedAt);
    await load.more(Math.max(BEFORE_SHARE * requests, requests - load.samples.length));
    const samples = await load.stop();
    const bought = await buyers.stop();
    const checkouts = bought.rows.find(({ kind }) => kind === 'checkout')?.count ?? 0;
    const problems = problemsOf(bought);
    return { change: name, tookMs, ...toFigures(samples), buyers: problems, checkouts };
  } finally {
    await load.stop();
    await buyers.stop();
  }
}

async function measureLoss(
  shop: SupervisedShop,
  { rate, seed }: ChangesRequest,
  loss: (typeof LOSSES)[number],
): Promise<LostFigures> {
  const patience = { rate: BUYERS_RATE, seed, patienceMs: PATIENCE_MS };
  const buyers = await startBuyers(shop, patience);
  const load = await startSteadyLoad({ origin: shop.origin, clients: CLIENTS, rate, sku: SKU });
  try {
    await load.more(LOSS_REQUESTS);
    const { pid } = processOf(shop, loss.who);
    const lostAt = lose(shop, loss);
    await replaced(shop, pid);
    await load.more(LOSS_REQUESTS);
    await load.well(WELL_TIMES);
    const stoodStill = loss.signal === 'SIGSTOP';
    return { loss: loss.name, stoodStill, ...toLossFigures(await load.stop(), loss.who, lostAt) };
  } finally {
    await load.stop();
    await buyers.stop();
  }
}
