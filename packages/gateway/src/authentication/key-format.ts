import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Random } from '@portico/host';

/** A new key: the secret to show once, and what may be stored of it. */
export interface CreatedKey {
  /** `shop_live_` + 32 random base62 characters (190 bits) + `_` + 6 of CRC-32. */
  readonly secret: string;
  readonly stored: StoredKey;
}

/** What is kept of a key. The secret cannot be had from it. */
export interface StoredKey {
  readonly algorithm: 'sha256';
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly prefix: string;
  /** The first 4 random characters, for people to tell their keys apart. */
  readonly hint: string;
}

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const HINT_LENGTH = 4;
/** The largest multiple of 62 in a byte: bytes from here on would favour the first characters. */
const FAIR_BYTES = 248;
const SECRET = /^[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/;

/** What the keys of a system begin with. */
export function toKeyPrefix(system: string): string {
  return `${system}_live_`;
}

/** Makes a key. `prefix` as {@link toKeyPrefix} gives it. */
export function createKey(random: Random, prefix: string): CreatedKey {
  let characters = '';
  while (characters.length < RANDOM_LENGTH) {
    for (const byte of random.bytes(RANDOM_LENGTH)) {
      if (byte < FAIR_BYTES && characters.length < RANDOM_LENGTH) characters += BASE_62[byte % 62];
    }
  }
  const body = prefix + characters;
  const secret = `${body}_${checksumOf(body)}`;
  const hint = characters.slice(0, HINT_LENGTH);
  return { secret, stored: { algorithm: 'sha256', hash: hashKey(secret), prefix, hint } };
}

/** Whether `text` is a whole key with this prefix: form and checksum, offline. */
export function isKey(text: string, prefix: string): boolean {
  if (!text.startsWith(prefix) || !SECRET.test(text.slice(prefix.length))) return false;
  const body = text.slice(0, -CHECKSUM_LENGTH - 1);
  return text.endsWith(checksumOf(body));
}

/** The name a key is found by: SHA-256, hex. Keys have 190 random bits, so no slow hash is needed. */
export function hashKey(secret: string): string {
  return hash('sha256', secret, 'hex');
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    text = BASE_62[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
