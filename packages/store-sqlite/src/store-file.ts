import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Only the service's own OS user reads its data. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** Anything else could leave the data directory. */
const SERVICE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * File systems that other machines may write too, by their number in Linux's statfs(2). SQLite's locks and
 * its shared memory do not work there (sqlite.org/wal.html, "Disadvantages").
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB 2'],
  [0xff534d42, 'CIFS'],
  [0x65735546, 'FUSE'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
]);

/**
 * The file of a service's store, `<dataDirectory>/<service>/store.db`, made on first use: directory
 * 0700, file 0600 (SQLite gives the log and the shared memory the same mode).
 *
 * @throws {Error} when the name can't be a directory's, or the directory is on a network file system.
 */
export function prepareStoreFile(service: string, dataDirectory: string): string {
  if (!SERVICE_NAME.test(service)) {
    throw new Error(
      `"${service}" is no name for a service: at most 64 letters, digits, "-" and "_".`,
    );
  }
  const directory = join(dataDirectory, service);
  const made = mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  if (made !== undefined) flushEntries(directory, dirname(made));
  chmodSync(directory, DIRECTORY_MODE);
  assertLocalFileSystem(directory, statfsSync(directory).type);
  const file = join(directory, 'store.db');
  closeSync(openSync(file, 'a', FILE_MODE));
  chmodSync(file, FILE_MODE);
  return file;
}

/**
 * Makes new directories last through power loss: SQLite flushes the entries of its own directory, the
 * entries of those above it are ours.
 */
function flushEntries(directory: string, upTo: string): void {
  // Windows can't open directories, and its file systems log such changes.
  if (process.platform === 'win32') return;
  let parent = resolve(directory);
  do {
    parent = dirname(parent);
    const opened = openSync(parent, 'r');
    fsyncSync(opened);
    closeSync(opened);
  } while (parent !== resolve(upTo));
}

/** @throws {Error} when `type` is the number of a network file system; known on Linux only. */
export function assertLocalFileSystem(directory: string, type: number): void {
  const name = process.platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(type >>> 0) : undefined;
  if (!name) return;
  throw new Error(
    `${directory} is on a network file system (${name}), where SQLite loses data. ` +
      'Put the data directory on a local disk, or the store on PostgreSQL.',
  );
}
