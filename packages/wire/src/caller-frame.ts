import { readU16 } from './frame.ts';
import { parseName, parseObject, parseText } from './parse.ts';
import { ProtocolError } from './protocol-error.ts';

/** Callers that one connection may have names for; beyond it the oldest number gets a new meaning. */
export const CALLERS_MAX = 4_096;
/** A token is a signed JSON of a few hundred bytes. */
const TOKEN_MAX = 16_384;

/** What a CALLER frame says: from now on `number` means this. */
export interface CallerFrame {
  readonly number: number;
  /** The service that calls; absent at the edge. */
  readonly from: string | undefined;
  /** Who it calls for; absent when it calls for itself. */
  readonly token: string | undefined;
}

/** The payload of CALLER. */
export function encodeCaller({ number, from, token }: CallerFrame): Buffer {
  const json = Buffer.from(JSON.stringify({ from, token }), 'utf8');
  return Buffer.concat([Buffer.from([number >>> 8, number & 0xff]), json]);
}

/** @throws {ProtocolError} for anything that is no CALLER. */
export function parseCaller(payload: Buffer): CallerFrame {
  if (payload.length < 2) throw new ProtocolError('A CALLER that is too short.');
  const number = readU16(payload, 0);
  if (number >= CALLERS_MAX) {
    throw new ProtocolError(`Callers have numbers below ${CALLERS_MAX}, not ${number}.`);
  }
  const { from, token } = parseObject(payload.subarray(2), 'CALLER');
  return {
    number,
    from: from === undefined ? undefined : parseName(from, 'from'),
    token: token === undefined ? undefined : parseText(token, 'token', TOKEN_MAX),
  };
}
