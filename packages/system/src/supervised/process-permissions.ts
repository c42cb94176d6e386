import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlacedGroup } from '@portico/supervisor';

/** A replica, as far as its files are concerned. */
export interface ReplicaFiles {
  /** Its name: its log is called like it. */
  readonly replica: string;
  readonly group: PlacedGroup;
  /** The path of its Unix socket, if it has one. */
  readonly address: string;
  /** The data directory of the installation. */
  readonly directory: string;
  /** The directory of its release. */
  readonly release: string;
  /** This package's own directory: what runs every replica. */
  readonly platform: string;
  /** The folder of the certificates, where there are several machines. */
  readonly certificates?: string;
}

/** Processor time and memory of the process itself (proc(5)), for its metrics. */
const OWN_FIGURES = '/proc/self/';

/**
 * The flags of Node's permission model (nodejs.org/api/permissions.html) for a replica: it reads code, its own
 * stores and what its group declares in `files`; it writes its stores, its log, its compiled modules and its socket; it starts no
 * processes, threads or native add-ons. The model is a seat belt against mistakes, not a wall against hostile
 * code: `node:sqlite` is outside of it, and so are sockets.
 */
export function permissionFlags(files: ReplicaFiles): readonly string[] {
  const { replica, group, address, directory, release, platform, certificates } = files;
  // A folder stands for everything in it.
  const stores = group.services.map((service) => join(directory, 'data', service));
  const keys = group.gateway ? [join(directory, 'keys.json')] : [];
  const own = [
    ...stores,
    join(directory, 'log', `${replica}.*`),
    join(directory, 'work', replica, '*'),
    join(directory, 'cache', group.name, '*'),
    ...(address.startsWith('/') ? [address] : []),
  ];
  const code = new Set([...codeBelow(release, directory), ...codeBelow(platform, directory)]);
  const { read = [], write = [] } = group.files ?? {};
  const mesh = certificates === undefined ? [] : [join(certificates, '*')];
  return [
    '--permission',
    ...[...code, OWN_FIGURES, ...keys, ...mesh, ...own, ...read, ...write].map(
      (path) => `--allow-fs-read=${path}`,
    ),
    ...[...own, ...write].map((path) => `--allow-fs-write=${path}`),
  ];
}

/** Makes the folders of a replica's stores, which it may not make itself, and has their entries on disk. */
export function prepareStores(directory: string, services: readonly string[]): void {
  const data = join(directory, 'data');
  let isNew = false;
  for (const service of services) {
    const made = mkdirSync(join(data, service), { recursive: true, mode: 0o700 });
    isNew ||= made !== undefined;
  }
  for (const folder of isNew ? [data, directory] : []) {
    const opened = openSync(folder, 'r');
    fsyncSync(opened);
    closeSync(opened);
  }
}

/**
 * What is loaded from an installation: everything beside the data directory in the nearest directory that has
 * `node_modules`, where modules look for each other.
 */
function codeBelow(start: string, directory: string): readonly string[] {
  let root = start;
  while (!existsSync(join(root, 'node_modules')) && dirname(root) !== root) root = dirname(root);
  if (dirname(root) === root) return [join(start, '*')];
  return readdirSync(root, { withFileTypes: true })
    .map((entry) => ({ entry, path: join(root, entry.name) }))
    .filter(({ path }) => !directory.startsWith(path))
    .map(({ entry, path }) => (entry.isDirectory() ? join(path, '*') : path));
}
