import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Cost parameters (RFC 7914 §2): N = 2^costLog2, r, p. */
export interface HashCost {
  readonly costLog2: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** What a stored hash says. */
interface StoredHash {
  readonly cost: HashCost;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

/** 128 bits of salt, as NIST SP 800-132 §5.1 asks. */
export const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** scrypt needs 128·N·r bytes, and Node refuses when that is exactly the limit. */
const MEMORY_MARGIN_BYTES = 1_048_576;
const PHC = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/;

const scryptAsync: (
  password: string,
  salt: Uint8Array,
  size: number,
  options: ScryptOptions,
) => Promise<Buffer> = promisify(scrypt);

/** The hash of a password, in the PHC string form: `$scrypt$ln=15,r=8,p=3$salt$key` (base64url). */
export async function hashPassword(
  password: string,
  cost: HashCost,
  salt: Uint8Array,
): Promise<string> {
  const key = await deriveKey(password, cost, salt);
  const { costLog2, blockSize, parallelization } = cost;
  const parameters = `ln=${costLog2},r=${blockSize},p=${parallelization}`;
  return `$scrypt$${parameters}$${encode(salt)}$${encode(key)}`;
}

/**
 * Whether `password` is the one behind `stored`. Without `stored` (no such account, or one that nobody
 * may enter) it does the same work at `cost` and says no, so that time tells nothing.
 */
export async function verifyPassword(
  password: string,
  stored: string | null | undefined,
  cost: HashCost,
): Promise<{ readonly correct: boolean; readonly outdated: boolean }> {
  if (!stored) {
    await deriveKey(password, cost, new Uint8Array(SALT_BYTES));
    return { correct: false, outdated: false };
  }
  const hash = parseHash(stored);
  const key = await deriveKey(password, hash.cost, hash.salt);
  const correct = key.length === hash.key.length && timingSafeEqual(key, hash.key);
  return { correct, outdated: correct && !isSameCost(hash.cost, cost) };
}

function parseHash(stored: string): StoredHash {
  const [, costLog2, blockSize, parallelization, salt = '', key = ''] = PHC.exec(stored) ?? [];
  if (!costLog2) throw new Error('A stored password hash is not in the PHC form of scrypt.');
  return {
    cost: {
      costLog2: Number(costLog2),
      blockSize: Number(blockSize),
      parallelization: Number(parallelization),
    },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

/** NFKC first, so that a password typed on another keyboard is the same (NIST SP 800-63B §3.1.1.2). */
function deriveKey(password: string, cost: HashCost, salt: Uint8Array): Promise<Buffer> {
  const N = 2 ** cost.costLog2;
  const maxmem = 128 * N * cost.blockSize + MEMORY_MARGIN_BYTES * cost.parallelization;
  const options = { N, r: cost.blockSize, p: cost.parallelization, maxmem };
  return scryptAsync(password.normalize('NFKC'), salt, KEY_BYTES, options);
}

function isSameCost(a: HashCost, b: HashCost): boolean {
  return (
    a.costLog2 === b.costLog2 &&
    a.blockSize === b.blockSize &&
    a.parallelization === b.parallelization
  );
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
