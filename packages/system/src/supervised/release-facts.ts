import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Api, type ContractJson, parseContractJson } from '@portico/contract';
import type { SqlStoreDefinition } from '@portico/store';
import type { GatedMigration, ServiceContracts } from '@portico/supervisor';
import type { System } from '../system.ts';

/** What a release says of one of its services, as JSON. */
export interface ServiceFacts {
  readonly service: string;
  readonly api: unknown;
  readonly uses: readonly unknown[];
  readonly hears: readonly unknown[];
  readonly migrations: readonly GatedMigration[];
  readonly sagas: readonly string[];
}

/** A service as its release has it. */
export interface ReleasedService extends ServiceContracts {
  /** Those of its store; none where it has no store. */
  readonly migrations: readonly GatedMigration[];
  /** The sagas that it can carry on: `checkout@2`. */
  readonly sagas: readonly string[];
}

/** Loading a system compiles nothing and opens nothing. */
const LOAD_MS = 20_000;
/** The contracts of a large system are some megabytes. */
const OUTPUT_MAX = 64 * 1024 * 1024;

/** What a system's services provide and were written against. */
export function toFacts(system: System, toJson: (api: Api) => ContractJson): ServiceFacts[] {
  return system.services.map(({ name, api, spec }) => ({
    service: name,
    api: toJson(api),
    uses: Object.values(spec.uses ?? {}).map((used: Api) => toJson(used)),
    hears: Object.values(spec.hears ?? {}).map((heard: Api) => toJson(heard)),
    migrations: migrationsOf(spec.store),
    sagas: Object.values(spec.sagas ?? {}).map(({ name: saga, version }) => `${saga}@${version}`),
  }));
}

function migrationsOf(store: unknown): readonly GatedMigration[] {
  const { migrations = [] } = (store ?? {}) as Partial<SqlStoreDefinition<never>>;
  return migrations.map(({ up: _, ...migration }) => migration);
}

/**
 * Reads what a release provides by loading its system in a process of its own: a release that can't even
 * be loaded must do nothing to the supervisor.
 *
 * @throws {Error} with what the module said.
 */
export async function readReleaseFacts(module: string): Promise<readonly ReleasedService[]> {
  const program = fileURLToPath(import.meta.resolve('./release-facts-main.ts'));
  const { stdout } = await promisify(execFile)(process.execPath, [program, module], {
    timeout: LOAD_MS,
    maxBuffer: OUTPUT_MAX,
  }).catch((problem: Error & { readonly stderr?: string }) => {
    const said = problem.stderr?.trim().split('\n').slice(0, 20).join('\n');
    throw new Error(`The release in ${module} can't be loaded: ${said || problem.message}`);
  });
  return (JSON.parse(stdout) as readonly ServiceFacts[]).map(({ api, uses, hears, ...facts }) => ({
    ...facts,
    api: parseContractJson(api),
    uses: uses.map((one) => parseContractJson(one)),
    hears: hears.map((one) => parseContractJson(one)),
  }));
}
