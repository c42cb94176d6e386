import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createKey, type KeyState, toKeyPrefix } from '@portico/gateway';
import type { Host } from '@portico/host';

/** A key as the file holds it; the secret is not among it. */
export interface FiledKey {
  readonly id: string;
  readonly consumer: string;
  readonly permissions: readonly string[];
  readonly state: KeyState;
  readonly hash: string;
  /** The first random characters, for people to tell keys apart. */
  readonly hint: string;
  readonly createdAt: string;
}

/** Who a new key is for. */
export interface KeyRequest {
  readonly system: string;
  readonly consumer: string;
  readonly permissions: readonly string[];
  readonly host: Host;
}

/** Reads the keys of a file; none when there is no file yet. @throws {Error} naming the file when it is unreadable. */
export function listConsumerKeys(path: string): readonly FiledKey[] {
  if (!existsSync(path)) return [];
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { keys: readonly FiledKey[] }).keys;
  } catch (problem) {
    throw new Error(`Cannot read the keys in ${path}: ${(problem as Error).message}`);
  }
}

/** A key that was just made. */
export interface NewKey {
  readonly id: string;
  /** Shown once, kept nowhere. */
  readonly secret: string;
}

/** Makes a key for a consumer. */
export function createConsumerKey(path: string, request: KeyRequest): NewKey {
  const { secret, stored } = createKey(request.host.random, toKeyPrefix(request.system));
  const filed: FiledKey = {
    id: request.host.ids.prefixed('key'),
    consumer: request.consumer,
    permissions: request.permissions,
    state: 'active',
    hash: stored.hash,
    hint: stored.hint,
    createdAt: new Date(request.host.clock.now()).toISOString(),
  };
  changeKeys(path, (keys) => [...keys, filed]);
  return { id: filed.id, secret };
}

/** Ends a key for good; running gateways notice within a second. @throws {Error} for an unknown id. */
export function revokeConsumerKey(path: string, id: string): void {
  changeKeys(path, (keys) => {
    if (!keys.some((key) => key.id === id)) throw new Error(`There is no key "${id}" in ${path}.`);
    return keys.map((key) => (key.id === id ? { ...key, state: 'revoked' } : key));
  });
}

/** Makes an empty file where there is none, so that a gateway can watch it. */
export function ensureKeyFile(path: string): void {
  if (!existsSync(path)) changeKeys(path, (keys) => keys);
}

/** How long a command waits for another one that changes the same keys. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Two commands at once must not undo what the other one did: of a key that is gone from the file nobody would know,
 * of one that is not revoked either. SQLite's lock ends with its process, whatever it dies of.
 */
function changeKeys(
  path: string,
  change: (keys: readonly FiledKey[]) => readonly FiledKey[],
): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(`${path}.lock`, { timeout: LOCK_TIMEOUT_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    writeKeys(path, change(listConsumerKeys(path)));
  } finally {
    lock.close();
  }
}

function writeKeys(path: string, keys: readonly FiledKey[]): void {
  // Renamed into place, so that a gateway never reads half a file.
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
