import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Api, type Change, compare, parseContractJson } from '@portico/contract';
import type { Command } from './command.ts';
import { BASELINE_DIRECTORY } from './contract.ts';
import { loadSystem } from './load-system.ts';

/** `portico check`: what the contracts as they are would break for callers of the baseline. */
export const check: Command = {
  usage: 'check SYSTEM [--baseline DIRECTORY]',
  summary:
    'Compares every contract with its baseline; fails on a break without a new major version.',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { baseline: { type: 'string' } },
    });
    const system = await loadSystem(positionals[0]);
    const directory = values.baseline ?? join(positionals[0] ?? '', '..', BASELINE_DIRECTORY);
    const verdicts = system.apis.map((api) => judge(api, directory));
    return verdicts.every((isFine) => isFine) ? 0 : 1;
  },
};

function judge(api: Api, directory: string): boolean {
  const file = join(directory, `${api.name}.contract.json`);
  if (!existsSync(file)) {
    console.log(`${api.name} ${api.version}: no baseline yet (portico contract writes ${file})`);
    return true;
  }
  const baseline = parseContractJson(JSON.parse(readFileSync(file, 'utf8')));
  const changes = compare(baseline, api);
  const breaks = changes.filter((change) => change.severity === 'breaking');
  const isFine = breaks.length === 0 || api.major > baseline.major;
  console.log(
    `${api.name} ${baseline.version} → ${api.version}: ${changes.length} changes, ${breaks.length} breaking`,
  );
  for (const change of changes) console.log(`  ${describe(change)}`);
  if (!isFine)
    console.log(
      `  ${api.name} breaks its callers: make it ${baseline.major + 1}.0.0, or undo the breaking changes`,
    );
  return isFine;
}

function describe(change: Change): string {
  return `${change.severity === 'breaking' ? '✘' : '·'} ${change.place} (${change.direction}): ${change.reason}`;
}
