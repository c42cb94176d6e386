import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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

/** The topology that was started in a directory. @throws {Error} when there was no start in several processes. */
export function readInstalledTopology(directory: string): Topology {
  const path = installedTopologyFile(directory);
  if (existsSync(path)) return readTopology(path);
  throw new Error(
    `Nothing was started in several processes in ${directory}. Another --directory? ` +
      'A system in one process has nothing to scale, move or update.',
  );
}
