import { contractBreaks, type ServiceContracts, type Supervisor } from '@portico/supervisor';
import { moduleOf } from '../release/release-file.ts';
import { readReleaseFacts } from './release-facts.ts';

/** A release that a group is to be updated to. */
export interface UpdateCandidate {
  readonly supervisor: Supervisor;
  /** The system's module, in directories that are no releases. */
  readonly module: string;
  readonly group: string;
  /** The directory of the release. */
  readonly candidate: string;
}

/**
 * Everything that speaks against a release before anything of it is started: contracts that break who keeps
 * running, and uses that nobody satisfies.
 *
 * @throws {Error} when the group is unknown, or the release can't be loaded.
 */
export async function findObstacles(update: UpdateCandidate): Promise<readonly string[]> {
  const { supervisor, module, group, candidate } = update;
  const { groups } = supervisor.placement();
  const services = groups.find(({ name }) => name === group)?.services;
  if (!services) {
    const names = groups.map(({ name }) => name).join(', ');
    throw new Error(`There is no group "${group}"; there are ${names}.`);
  }
  const running = await runningContracts(supervisor, module);
  const facts = await readReleaseFacts(moduleOf(candidate, module));
  const chosen = facts.filter(({ service }) => services.includes(service));
  return contractBreaks({ running, candidate: chosen });
}

/** What runs now: each group's services as its own release has them. */
async function runningContracts(
  supervisor: Supervisor,
  module: string,
): Promise<readonly ServiceContracts[]> {
  const releases = supervisor.releases();
  const known = new Map<string, Promise<readonly ServiceContracts[]>>();
  const running: ServiceContracts[] = [];
  for (const { name, services } of supervisor.placement().groups) {
    const directory = releases[name]?.directory;
    if (directory === undefined) continue;
    const facts = known.get(directory) ?? readReleaseFacts(moduleOf(directory, module));
    known.set(directory, facts);
    running.push(...(await facts).filter(({ service }) => services.includes(service)));
  }
  return running;
}
