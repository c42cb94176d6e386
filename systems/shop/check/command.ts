import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDurationMs } from '../duration.ts';
import { readAnswers } from './answers.ts';
import { createApiSource } from './api-source.ts';
import type { FactSource } from './facts.ts';
import { formatReport } from './report.ts';
import { EXIT_CODES, runCheck } from './run-check.ts';
import { createStoreSource } from './store-source.ts';

/** How `check` is called. */
export const CHECK_USAGE =
  'check [--stores DIR [--remember FILE] | --api URL --key KEY [--psp URL]] [--settle 60s] ' +
  '[--answers PATH] [--json]';

/**
 * `shop check`: the invariants of a running shop, on its stores or through its APIs. The keys may stand in
 * SHOP_AUDITOR_KEY and SHOP_PSP_SECRET_KEY, where other users of the machine don't see them.
 * @returns 0: all hold; 1: some are broken; 2: the shop did not come to rest.
 */
export async function check(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      stores: { type: 'string' },
      api: { type: 'string' },
      key: { type: 'string' },
      psp: { type: 'string' },
      remember: { type: 'string' },
      settle: { type: 'string', default: '60s' },
      answers: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.stores && values.api) throw new Error('Say --stores or --api, not both.');
  const directory = values.stores ?? '.portico';
  const result = await runCheck({
    source: createSource(values, directory),
    answers: readAnswers(values.answers ?? join(directory, 'load')),
    settleMs: parseDurationMs(values.settle),
  });
  console.log(values.json ? JSON.stringify(result, null, 2) : formatReport(result));
  return EXIT_CODES[result.outcome];
}

interface SourceValues {
  readonly api?: string | undefined;
  readonly key?: string | undefined;
  readonly psp?: string | undefined;
  readonly remember?: string | undefined;
}

function createSource({ api, key, psp, remember }: SourceValues, directory: string): FactSource {
  if (!api) return createStoreSource(directory, { remember });
  if (remember) throw new Error('--remember reads the stores; it goes with --stores.');
  const auditor = key ?? process.env.SHOP_AUDITOR_KEY;
  if (!auditor) {
    throw new Error(
      'Reading through the API needs the key of an auditor: --key or SHOP_AUDITOR_KEY. ' +
        '"npm run shop -- seed" makes one and shows it once.',
    );
  }
  return createApiSource({
    api: api.replace(/\/$/, ''),
    key: auditor,
    psp: psp ?? process.env.SHOP_PSP_URL ?? 'http://127.0.0.1:8081',
    pspKey: process.env.SHOP_PSP_SECRET_KEY ?? 'sk_sandbox',
  });
}
