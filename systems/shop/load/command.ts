import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHost, createSimulatedHost } from '@portico/host';
import { check } from '../check/command.ts';
import { parseDurationMs } from '../duration.ts';
import { createAnswerLog } from './answer-log.ts';
import { toLoopbackOrigin } from './http-client.ts';
import { createPlan } from './plan.ts';
import { formatLoad, isFailure } from './report.ts';
import { runLoad } from './run-load.ts';
import { exploreShop } from './world.ts';

/** How `load` is called. */
export const LOAD_USAGE =
  'load [--rate 20] [--for 60s] [--seed 1] [--api URL] [--key KEY] [--stores DIR] [--no-check]';

/** Far beyond what two cores serve, and an end to every load. */
const RATE_MAX = 1_000;
const FOR_MAX_MS = 30 * 60_000;

/**
 * `shop load`: visitors for a running shop, then the checker.
 * @returns what the checker found; 1 when the shop has failed a request.
 */
export async function load(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      rate: { type: 'string', default: '20' },
      for: { type: 'string', default: '60s' },
      seed: { type: 'string', default: '1' },
      api: { type: 'string', default: 'http://127.0.0.1:8080' },
      key: { type: 'string' },
      stores: { type: 'string', default: '.portico' },
      'no-check': { type: 'boolean', default: false },
    },
  });
  const rate = parseNumber('--rate', values.rate, { least: 0.1, most: RATE_MAX });
  const seed = parseNumber('--seed', values.seed, { least: 0, most: Number.MAX_SAFE_INTEGER });
  const forMs = parseDurationMs(values.for);
  if (forMs > FOR_MAX_MS) throw new Error('--for is 30m at most.');
  const origin = toLoopbackOrigin(values.api);
  const { stores } = values;
  const world = await exploreShop(origin, values.key ?? process.env.SHOP_LOADGEN_KEY);
  const host = createHost();
  const answers = createAnswerLog(join(stores, 'load'), host.clock.now);
  const plan = createPlan({ rate, forMs, draw: createSimulatedHost({ seed }).random.float });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  console.log(`${plan.length} visitors in ${values.for}; answers go to ${answers.file}`);
  const result = await runLoad({
    plan,
    world,
    answers,
    name: host.ids.prefixed('load'),
    signal: stop.signal,
  });
  console.log(`\n${formatLoad(result, { rate, forMs, seed, origin })}\n`);
  const failed = result.problems.some(isFailure) ? 1 : 0;
  if (values['no-check']) return failed;
  const audited = process.env.SHOP_AUDITOR_KEY ? ['--api', origin] : undefined;
  const source = existsSync(join(stores, 'data')) ? ['--stores', stores] : audited;
  if (!source) {
    throw new Error(
      `There are no stores in ${stores} to check; name them with --stores, or set SHOP_AUDITOR_KEY.`,
    );
  }
  return Math.max(failed, await check([...source, '--answers', join(stores, 'load')]));
}

function parseNumber(
  name: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} is a number from ${least} to ${most}, not "${text}".`);
}
