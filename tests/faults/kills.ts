import { setTimeout as pause } from 'node:timers/promises';
import { createHost, createSimulatedHost } from '@portico/host';
import { readAnswers } from '../../systems/shop/check/answers.ts';
import { type CheckResult, runCheck } from '../../systems/shop/check/run-check.ts';
import { createStoreSource } from '../../systems/shop/check/store-source.ts';
import { createAnswerLog } from '../../systems/shop/load/answer-log.ts';
import type { Draw } from '../../systems/shop/load/distributions.ts';
import { type LoadResult, runLoad } from '../../systems/shop/load/run-load.ts';
import { exploreShop } from '../../systems/shop/load/world.ts';
import { sell } from '../shop/kit/goods.ts';
import { type ShopToKill, startShopToKill } from '../shop/kit/shop-to-kill.ts';
import { planCheckouts } from './checkout-plan.ts';
import { createRestarts, type RestartFigures } from './restarts.ts';

/** How a run of kills is made. */
export interface KillRequest {
  readonly kills: number;
  /** The same seed gives the same buyers and the same pauses between kills. */
  readonly seed: number;
  /** Checkouts that begin each second. */
  readonly rate: number;
  /** The longest that a shop lives, from when it listens. */
  readonly lifeMaxMs: number;
  /** How long sagas may take to end after the last kill. Default: a minute. */
  readonly settleMs?: number;
  /** Hears of each kill. */
  onKill?(done: number): void;
}

/** What a run came to. */
export interface KillFigures {
  readonly seed: number;
  readonly kills: number;
  /** Of them, before the shop listened. */
  readonly killedWhileStarting: number;
  readonly restarts: RestartFigures;
  /** Checkouts begun, answers of `placeOrder` with 201, and orders that they were about. */
  readonly checkouts: number;
  readonly answers: number;
  readonly orders: number;
  /** From the end of the load until no saga was under way and the invariants were read. */
  readonly settledMs: number;
  readonly problems: LoadResult['problems'];
  readonly check: CheckResult;
}

/** Sagas end so soon after the last kill. */
const SETTLE_MS = 60_000;
const LOOK_MS = 20;
/**
 * No client gives up before a run is over: an order whose customer is gone waits at 3-D Secure for twelve
 * minutes, and is not at rest.
 */
const PATIENCE_MS = 30 * 60_000;
/**
 * Buyers at once: on a machine that is slow to start a shop more would come than are ever served, wait until
 * their tokens have run out, and all be sent away for asking with those.
 */
const BUYERS_MAX = 100;
/** A life that ends at once is as telling as a long one. */
const LIFE_MIN_MS = 20;
/** Of kills, those that strike a shop that is not up yet. */
const STARTING_SHARE = 0.1;
const START_MS = 800;
const SKUS = 40;
const PIECES = 100_000;
/** Of some goods there are few, so that buyers race for them while the shop dies. */
const SCARCE = 4;
const SCARCE_PIECES = 25;

/**
 * Buyers without end at a shop whose process is killed again and again (`SIGKILL`), at moments drawn from
 * `seed`, and restarted at once. Its clients ask again under the same keys. At the end: rest within a
 * minute, and the checker, with what the clients wrote down.
 * @throws {Error} when the shop dies or fails to start by itself.
 */
export async function runKills(request: KillRequest): Promise<KillFigures> {
  const { seed, rate } = request;
  const { float: draw } = createSimulatedHost({ seed }).random;
  const shop = await startShopToKill();
  const stop = new AbortController();
  try {
    await sell(shop, ...createGoods());
    const host = createHost();
    const answers = createAnswerLog(`${shop.directory}/load`, host.clock.now);
    const load = runLoad({
      // More than any run takes; what has not begun when the last kill is over is left out.
      plan: planCheckouts({ rate, count: request.kills * rate * 12, draw }),
      world: await exploreShop(shop.origin),
      answers,
      name: host.ids.prefixed('kills'),
      patienceMs: PATIENCE_MS,
      sessionsMax: BUYERS_MAX,
      signal: stop.signal,
    });
    const killed = await killAgainAndAgain(shop, { ...request, draw });
    // A slow machine answers nobody within so short a life, and a run without an order proves nothing.
    const endAt = performance.now() + SETTLE_MS;
    while (answers.counts().orders === 0 && performance.now() < endAt) await pause(LOOK_MS);
    stop.abort();
    const result = await load;
    const endedAt = performance.now();
    const check = await runCheck({
      source: createStoreSource(shop.directory),
      answers: readAnswers(answers.file),
      settleMs: request.settleMs ?? SETTLE_MS,
    });
    return {
      seed,
      ...killed,
      checkouts: result.rows.find(({ kind }) => kind === 'checkout')?.count ?? 0,
      answers: result.answers,
      orders: result.orders,
      settledMs: Math.round(performance.now() - endedAt),
      problems: result.problems,
      check,
    };
  } finally {
    stop.abort();
    await shop.stop();
  }
}

async function killAgainAndAgain(
  shop: ShopToKill,
  { kills, lifeMaxMs, draw, onKill }: KillRequest & { readonly draw: Draw },
) {
  const restarts = createRestarts();
  let death: string | undefined;
  shop.onDeath((code) => {
    death = `the shop ended by itself with ${code}`;
  });
  let killedWhileStarting = 0;
  for (let done = 1; done <= kills; done += 1) {
    await pause(LIFE_MIN_MS + draw() * (lifeMaxMs - LIFE_MIN_MS));
    if (death) throw new Error(`${death} before kill ${done}`);
    await shop.kill();
    onKill?.(done);
    if (done < kills && draw() < STARTING_SHARE) {
      const starting = shop.start().catch(() => undefined);
      await pause(draw() * START_MS);
      await shop.kill();
      await starting;
      done += 1;
      killedWhileStarting += 1;
      onKill?.(done);
    }
    await restarts.measure(() => shop.start());
  }
  return { kills, killedWhileStarting, restarts: restarts.figures() };
}

function createGoods() {
  return Array.from({ length: SKUS }, (_each, index) => ({
    sku: `KILL-${index}`,
    prices: { EUR: 990 + 100 * index },
    pieces: index < SCARCE ? SCARCE_PIECES : PIECES,
  }));
}
