import { FRAME_MAX_LEAST_BYTES, FRAME_MAX_MOST_BYTES } from './flow-control.ts';
import {
  type OperationTable,
  parseOperationTable,
  parseUses,
  type UsedApi,
} from './operation-table.ts';
import { parseInteger, parseName, parseObject, parseText } from './parse.ts';
import type { Claim } from './peer.ts';
import { ProtocolError } from './protocol-error.ts';

/** The versions of the protocol that this package speaks. */
export const VERSIONS: readonly number[] = [1];

/** Fresh for each connection, so that no proof fits another. */
export const NONCE_BYTES = 32;

/** A grant, or the certificate that replaces it, is a few hundred bytes. */
const GRANT_MAX = 16_384;
const PROOF_MAX = 4_096;

/** What the dialler begins with. */
export interface Hello extends Claim {
  readonly versions: readonly number[];
  readonly uses: Readonly<Record<string, UsedApi>>;
  readonly frameMax: number;
  /** 32 random bytes, in base64url. */
  readonly nonce: string;
}

/** What the acceptor answers. */
export interface Welcome extends Claim {
  /** The highest version that both have. */
  readonly version: number;
  readonly services: OperationTable;
  readonly frameMax: number;
  readonly maxInFlight: number;
  readonly nonce: string;
}

/** The JSON of a greeting; the very bytes are part of what both sides sign. */
export function encodeGreeting(greeting: Hello | Welcome): Buffer {
  return Buffer.from(JSON.stringify(greeting), 'utf8');
}

/** @throws {ProtocolError} for anything that is no HELLO. */
export function parseHello(payload: Uint8Array): Hello {
  const value = parseObject(payload, 'HELLO');
  const { versions } = value;
  if (!Array.isArray(versions) || !versions.every((each) => Number.isInteger(each))) {
    throw new ProtocolError('"versions" is no list of whole numbers.');
  }
  return { ...parseCommon(value), versions, uses: parseUses(value.uses) };
}

/** @throws {ProtocolError} for anything that is no WELCOME. */
export function parseWelcome(payload: Uint8Array): Welcome {
  const value = parseObject(payload, 'WELCOME');
  return {
    ...parseCommon(value),
    version: parseInteger(value.version, 'version', { least: 1, most: 0xffff }),
    services: parseOperationTable(value.services),
    maxInFlight: parseInteger(value.maxInFlight, 'maxInFlight', { least: 1, most: 0xffff_ffff }),
  };
}

/** The highest version that both have. @throws {ProtocolError} when there is none. */
export function chooseVersion(theirs: readonly number[]): number {
  const common = VERSIONS.filter((version) => theirs.includes(version));
  if (common.length > 0) return Math.max(...common);
  throw new ProtocolError(`No common version: ${theirs.join(', ')} and ${VERSIONS.join(', ')}.`);
}

/** The JSON of a proof. */
export function encodeProof(proof: Uint8Array): Buffer {
  return Buffer.from(JSON.stringify({ proof: Buffer.from(proof).toString('base64url') }), 'utf8');
}

/** @throws {ProtocolError} for anything that is no PROOF. */
export function parseProof(payload: Uint8Array): Buffer {
  const { proof } = parseObject(payload, 'PROOF');
  return Buffer.from(parseText(proof, 'proof', PROOF_MAX), 'base64url');
}

function parseCommon(value: Readonly<Record<string, unknown>>) {
  const nonce = parseText(value.nonce, 'nonce', 64);
  if (Buffer.from(nonce, 'base64url').length !== NONCE_BYTES) {
    throw new ProtocolError(`"nonce" is not ${NONCE_BYTES} bytes in base64url.`);
  }
  const sizes = { least: FRAME_MAX_LEAST_BYTES, most: FRAME_MAX_MOST_BYTES };
  return {
    system: parseName(value.system, 'system'),
    group: parseName(value.group, 'group'),
    replica: parseName(value.replica, 'replica'),
    release: parseText(value.release, 'release', 256),
    process: parseText(value.process, 'process', 256),
    grant: parseText(value.grant, 'grant', GRANT_MAX),
    frameMax: parseInteger(value.frameMax, 'frameMax', sizes),
    nonce,
  };
}
