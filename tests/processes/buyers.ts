import { setTimeout as pause } from 'node:timers/promises';
import { createHost, createSimulatedHost } from '@portico/host';
import { createAnswerLog } from '../../systems/shop/load/answer-log.ts';
import { type LoadResult, runLoad } from '../../systems/shop/load/run-load.ts';
import { exploreShop } from '../../systems/shop/load/world.ts';
import { planCheckouts } from '../faults/checkout-plan.ts';
import type { SupervisedShop } from './kit.ts';

/** People who buy until they are told that the shop closes. */
export interface Buyers {
  /** Resolves when one more order has been answered. @throws {Error} when that takes a minute. */
  bought(): Promise<void>;
  /** Nobody begins anything new; ends when the last one has been answered. */
  stop(): Promise<LoadResult>;
}

/** How they come. */
export interface BuyersOptions {
  /** Checkouts that begin each second. */
  readonly rate: number;
  readonly seed: number;
  /** How long they ask again while nobody answers; 0: not at all. */
  readonly patienceMs: number;
}

/** Longer than any test: what has not begun at its end is left out. */
const COMING_MS = 30 * 60_000;
const BOUGHT_MS = 60_000;
const LOOK_MS = 20;

/** Lets buyers come, as a Poisson process. What they are told is written down for the checker. */
export async function startBuyers(shop: SupervisedShop, options: BuyersOptions): Promise<Buyers> {
  const { rate, seed, patienceMs } = options;
  const { float: draw } = createSimulatedHost({ seed }).random;
  const host = createHost();
  const stop = new AbortController();
  const answers = createAnswerLog(answersOf(shop), host.clock.now);
  const load = runLoad({
    plan: planCheckouts({ rate, count: Math.ceil((rate * COMING_MS) / 1_000), draw }),
    world: await exploreShop(shop.origin),
    answers,
    name: host.ids.prefixed('buyers'),
    patienceMs,
    signal: stop.signal,
  });
  return {
    async bought() {
      const { orders } = answers.counts();
      const endAt = performance.now() + BOUGHT_MS;
      while (answers.counts().orders === orders) {
        if (performance.now() > endAt) throw new Error(`no order in ${BOUGHT_MS} ms`);
        await pause(LOOK_MS);
      }
    },
    stop() {
      stop.abort();
      return load;
    },
  };
}

/** Where buyers write down what they were told. */
export function answersOf({ directory }: Pick<SupervisedShop, 'directory'>): string {
  return `${directory}/load`;
}

/** What buyers do to themselves: a connection that they cut, a second click while the first is under way. */
const EXPECTED = new Set(['cut off by the client', 'key-in-flight']);

/** What went wrong for buyers, one line for each kind. */
export function problemsOf({ problems }: LoadResult): readonly string[] {
  return problems.flatMap(({ operation, status, code, count }) =>
    EXPECTED.has(code) ? [] : [`${operation} ${status} ${code}: ${count}`],
  );
}
