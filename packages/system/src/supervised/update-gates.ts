import {
  contractBreaks,
  migrationObstacles,
  type Release,
  rollbackObstacles,
  type Supervisor,
  sagaObstacles,
} from '@portico/supervisor';
import { moduleOf } from '../release/release-file.ts';
import { type ReleasedService, readReleaseFacts } from './release-facts.ts';
import { lookAtStores, type ServiceStore } from './store-work.ts';

/** What runs, and where. */
export interface Installation {
  readonly supervisor: Supervisor;
  /** The system's module, in directories that are no releases. */
  readonly module: string;
  /** Of its data. */
  readonly directory: string;
  /** What runs on other machines, as far as is known here: in the release that this one was started with. */
  readonly elsewhere?: { readonly release: string; readonly services: readonly string[] };
}

/** A release that a group is to be updated to. */
export interface UpdateCandidate extends Installation {
  readonly group: string;
  /** The directory of the release. */
  readonly candidate: string;
}

/**
 * Everything that speaks against a release before anything of it is started: contracts that break who keeps
 * running, uses that nobody satisfies, migrations that shut out code that runs or may come back, and sagas
 * under way that it no longer knows.
 *
 * @throws {Error} when the group is unknown, or the release can't be loaded.
 */
export async function findObstacles(update: UpdateCandidate): Promise<readonly string[]> {
  const { module, group, candidate, directory } = update;
  const services = servicesOf(update.supervisor, group);
  const running = await runningServices(update);
  const facts = await readReleaseFacts(moduleOf(candidate, module));
  const chosen = facts.filter(({ service }) => services.includes(service));
  const stores = await lookAtStores(directory, services);
  return [
    ...contractBreaks({ running, candidate: chosen }),
    ...stores.flatMap((store) => migrationsAgainst(store, chosen, running)),
    ...sagaObstacles(liveSagas(stores), sagasOf(chosen)),
  ];
}

/**
 * Everything that speaks against going back to a release: stores that no longer serve its code, sagas under
 * way that it does not know.
 *
 * @throws {Error} when the group is unknown, or the release can't be loaded.
 */
export async function findRollbackObstacles(
  installation: Installation,
  group: string,
  previous: Release,
): Promise<readonly string[]> {
  const { supervisor, module, directory } = installation;
  const services = servicesOf(supervisor, group);
  const facts = await readReleaseFacts(moduleOf(previous.directory, module));
  const stores = await lookAtStores(directory, services);
  const built = stores.map(({ service, oldest }) => {
    const found = facts.find((one) => one.service === service);
    return { service, oldest, schema: found?.migrations.length ?? 0 };
  });
  return [...rollbackObstacles(built), ...sagaObstacles(liveSagas(stores), sagasOf(facts))];
}

function servicesOf(supervisor: Supervisor, group: string): readonly string[] {
  const { groups } = supervisor.placement();
  const services = groups.find(({ name }) => name === group)?.services;
  if (services) return services;
  const names = groups.map(({ name }) => name).join(', ');
  throw new Error(`There is no group "${group}"; there are ${names}.`);
}

/** What runs now: each group's services as its own release has them. */
async function runningServices({
  supervisor,
  module,
  elsewhere,
}: Installation): Promise<readonly ReleasedService[]> {
  const releases = supervisor.releases();
  const known = new Map<string, Promise<readonly ReleasedService[]>>();
  const running: ReleasedService[] = [];
  for (const { name, services } of supervisor.placement().groups) {
    const directory = releases[name]?.directory;
    if (directory === undefined) continue;
    const facts = known.get(directory) ?? readReleaseFacts(moduleOf(directory, module));
    known.set(directory, facts);
    running.push(...(await facts).filter(({ service }) => services.includes(service)));
  }
  if (elsewhere) {
    const facts = await readReleaseFacts(moduleOf(elsewhere.release, module));
    running.push(...facts.filter(({ service }) => elsewhere.services.includes(service)));
  }
  return running;
}

/** What runs now goes on beside the new replicas, and is where a rollback leads. */
function migrationsAgainst(
  { service, version, oldest }: ServiceStore,
  candidate: readonly ReleasedService[],
  running: readonly ReleasedService[],
): readonly string[] {
  const migrations = candidate.find((one) => one.service === service)?.migrations ?? [];
  const before = running.find((one) => one.service === service);
  const live = before
    ? [{ name: `${service} ${before.api.version} that runs`, schema: before.migrations.length }]
    : [];
  return migrationObstacles({ service, applied: { version, oldest }, migrations, live });
}

function liveSagas(stores: readonly ServiceStore[]) {
  return stores.flatMap(({ service, sagas }) =>
    sagas.map(({ name, version, count }) => ({ service, type: `${name}@${version}`, count })),
  );
}

function sagasOf(
  services: readonly ReleasedService[],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(services.map(({ service, sagas }) => [service, sagas]));
}
