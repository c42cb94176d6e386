import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '@portico/host';
import type { Logger } from '@portico/service';

export type KeyState = 'active' | 'retiring' | 'disabled' | 'expired' | 'revoked';

/** What is known of a consumer's key. */
export interface KeyRecord {
  readonly id: string;
  readonly consumer: string;
  /** The organisation the consumer belongs to. */
  readonly tenant?: string;
  readonly permissions: readonly string[];
  /** Default `active`. */
  readonly state?: KeyState;
  /** Unix time in ms. */
  readonly expiresAt?: number;
}

/**
 * Where keys are looked up. Asked on every request that carries a key, so it answers from memory, and
 * at once where it can; the same record object for the same state of a key. How fast a revocation acts
 * is the source's promise.
 */
export interface KeySource {
  /** By the SHA-256 of the secret, hex. */
  find(hash: string): KeyRecord | undefined | Promise<KeyRecord | undefined>;
}

/** What {@link fileKeys} needs beside the file. */
export interface FileKeysOptions {
  readonly clock: Clock;
  /** Told when a changed file cannot be read; the keys read last stay in force. */
  readonly log?: Logger;
}

/** A changed file is noticed within this time, on the next look-up. */
const CHECK_EVERY_MS = 1_000;
const SHA_256_HEX = /^[0-9a-f]{64}$/;
const STATES: readonly string[] = ['active', 'retiring', 'disabled', 'expired', 'revoked'];

/**
 * Keys from a JSON file (0600) that holds hashes, never secrets:
 * `{ "keys": [{ "hash", "id", "consumer", "permissions", "tenant"?, "state"?, "expiresAt"? }] }`,
 * `expiresAt` as an RFC 3339 date-time. Read again when it has changed.
 *
 * @throws {Error} when the file cannot be read, is readable by others, or has a mistake, with its place.
 */
export function fileKeys(path: string, { clock, log }: FileKeysOptions): KeySource {
  let version = versionOf(path);
  let records = readKeys(path);
  let checkedAt = clock.monotonic();
  const refresh = () => {
    try {
      const current = versionOf(path);
      if (current === version) return;
      records = readKeys(path);
      version = current;
    } catch (error) {
      log?.error(
        { path, error: String(error) },
        'keys not read again; the former ones stay in force',
      );
    }
  };
  return {
    find(hash) {
      const now = clock.monotonic();
      if (now - checkedAt >= CHECK_EVERY_MS) {
        checkedAt = now;
        refresh();
      }
      return records.get(hash);
    },
  };
}

function versionOf(path: string): string {
  const stat = statSync(path, { bigint: true });
  return `${stat.mtimeNs}/${stat.size}/${stat.ino}`;
}

function readKeys(path: string): Map<string, KeyRecord> {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Error(`Cannot use keys in "${path}": others may read it. Run: chmod 600 ${path}`);
  }
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isRecord(parsed) || !Array.isArray(parsed.keys)) {
    throw new Error(`Cannot use keys in "${path}": it must be { "keys": [...] }.`);
  }
  const records = new Map<string, KeyRecord>();
  parsed.keys.forEach((entry: unknown, index) => {
    const mistake = addKey(records, entry);
    if (mistake) throw new Error(`Cannot use keys in "${path}": /keys/${index}${mistake}.`);
  });
  return records;
}

/** Adds one entry; returns what is wrong with it. */
function addKey(records: Map<string, KeyRecord>, entry: unknown): string | undefined {
  if (!isRecord(entry)) return ' is not an object';
  const { hash, id, consumer, tenant, permissions, state, expiresAt } = entry;
  if (typeof hash !== 'string' || !SHA_256_HEX.test(hash)) return '/hash is not SHA-256 in hex';
  if (records.has(hash)) return '/hash is there twice';
  if (typeof id !== 'string' || id === '') return '/id is not a name';
  if (typeof consumer !== 'string' || consumer === '') return '/consumer is not a name';
  if (tenant !== undefined && typeof tenant !== 'string') return '/tenant is not a name';
  if (!isStringArray(permissions)) return '/permissions is not a list of names';
  if (state !== undefined && !isState(state)) return `/state is none of ${STATES.join(', ')}`;
  const expires = expiresAt === undefined ? undefined : Date.parse(String(expiresAt));
  if (Number.isNaN(expires)) return '/expiresAt is no date-time like 2027-01-31T00:00:00Z';
  records.set(hash, {
    id,
    consumer,
    permissions,
    ...(tenant !== undefined && { tenant }),
    ...(state !== undefined && { state }),
    ...(expires !== undefined && { expiresAt: expires }),
  });
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isState(value: unknown): value is KeyState {
  return typeof value === 'string' && STATES.includes(value);
}
