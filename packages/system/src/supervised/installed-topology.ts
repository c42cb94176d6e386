import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology } from '../topology.ts';
import type { Topology } from '../topology-file.ts';

/** Where the topology that was started is kept: its file may be edited, moved or gone since. */
export function installedTopologyFile(directory: string): string {
  return join(directory, 'topology.json');
}

/** Keeps the topology of a start; for its owner alone, because the environment of groups may hold secrets. */
export function writeInstalledTopology(directory: string, topology: Topology): string {
  const path = installedTopologyFile(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(topology, null, 2)}\n`, { mode: 0o600 });
  return path;
}

/** What every group of an installation has in its environment, whichever topology it goes over to. */
export type InstalledEnvironment = Readonly<Record<string, string>>;

/** Keeps the environment of a start; for its owner alone, because it may hold secrets. */
export function writeInstalledEnvironment(directory: string, env: InstalledEnvironment): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(environmentFile(directory), `${JSON.stringify(env, null, 2)}\n`, { mode: 0o600 });
}

/** The environment that was given at the start; empty when there was none. */
export function readInstalledEnvironment(directory: string): InstalledEnvironment {
  const path = environmentFile(directory);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** The same topology with `env` in the environment of each group, where the group itself says nothing else. */
export function withEnvironment(topology: Topology, env: InstalledEnvironment): Topology {
  const groups = Object.entries(topology.groups).map(
    ([name, group]) => [name, { ...group, env: { ...env, ...group.env } }] as const,
  );
  return { ...topology, groups: Object.fromEntries(groups) };
}

function environmentFile(directory: string): string {
  return join(directory, 'environment.json');
}

/** The topology that was started in a directory. @throws {Error} when there was no start in several processes. */
export function readInstalledTopology(directory: string): Topology {
  const path = installedTopologyFile(directory);
  if (existsSync(path)) return readTopology(path);
  throw new Error(
    `Nothing was started in several processes in ${directory}. Another --directory? ` +
      'A system in one process has nothing to scale, move or update.',
  );
}
