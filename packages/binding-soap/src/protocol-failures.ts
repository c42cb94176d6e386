import { Failure } from '@portico/contract';

/** A name with its namespace. */
export interface QName {
  readonly uri: string;
  readonly local: string;
}

/**
 * Codes that only SOAP has. They go into `REJECTED` failures, never leave this package as such, and
 * become fault codes of their own (SOAP 1.1 §4.4.1, SOAP 1.2 part 1 §5.4.6).
 */
export const PROTOCOL_CODES = {
  versionMismatch: 'version-mismatch',
  mustUnderstand: 'must-understand',
  dataEncodingUnknown: 'data-encoding-unknown',
} as const;

/** The envelope is of no version that we speak. */
export function toVersionMismatch(namespace: string): Failure {
  const message = `The envelope's namespace "${namespace}" is neither SOAP 1.1 nor SOAP 1.2.`;
  return new Failure('REJECTED', PROTOCOL_CODES.versionMismatch, message);
}

/** Header blocks that must be understood, and are not. */
export function toNotUnderstood(blocks: readonly QName[]): Failure {
  const names = blocks.map(({ uri, local }) => `{${uri}}${local}`).join(', ');
  const message = `These header blocks must be understood and are not: ${names}.`;
  return new Failure('REJECTED', PROTOCOL_CODES.mustUnderstand, message, { data: blocks });
}

/** The header blocks that a {@link toNotUnderstood} failure names. */
export function blocksNotUnderstood(failure: Failure): readonly QName[] {
  const isOurs = failure.code === PROTOCOL_CODES.mustUnderstand;
  return isOurs && Array.isArray(failure.details.data) ? failure.details.data : [];
}

/** An `encodingStyle`: only literal messages are spoken here (WS-I Basic Profile R1005). */
export function toEncodingUnknown(): Failure {
  const message = 'An encodingStyle is not accepted: messages are document/literal.';
  return new Failure('REJECTED', PROTOCOL_CODES.dataEncodingUnknown, message);
}
