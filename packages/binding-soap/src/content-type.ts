import { Failure } from '@portico/contract';
import { SOAP_VERSIONS, SOAP11, SOAP12, type SoapVersion } from './soap-version.ts';

/** What a request's `Content-Type` says. */
export interface SoapContentType {
  /** The version that the media type belongs to; the envelope's namespace decides in the end. */
  readonly version: SoapVersion;
  /** Lower case. */
  readonly charset: string | undefined;
  /** The `action` parameter of SOAP 1.2 (RFC 3902 §2). */
  readonly action: string | undefined;
}

/** Characters of a content type; honest ones have about 100, and the rest would only cost time. */
const LENGTH_MAX = 1_024;

const PARAMETER = /;[\t ]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\t ;"]*))/g;

/**
 * Reads the content type of a SOAP message.
 *
 * @throws {Failure} `unsupported-media-type` for all others, MTOM (`multipart/related`) included.
 */
export function parseContentType(header: string | undefined): SoapContentType {
  const value = header ?? '';
  const version = SOAP_VERSIONS.find(({ mediaType }) => mediaType === toMediaType(value));
  if (version === undefined || value.length > LENGTH_MAX) {
    const found = header === undefined ? 'none' : toMediaType(value).slice(0, 100);
    const message = `The content type must be ${SOAP11.mediaType} or ${SOAP12.mediaType}, not ${found}.`;
    throw Failure.rejected('unsupported-media-type', message);
  }
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare] of value.matchAll(PARAMETER)) {
    const text = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
    parameters.set(name.toLowerCase(), text);
  }
  return {
    version,
    charset: parameters.get('charset')?.toLowerCase(),
    action: parameters.get('action'),
  };
}

/** The version to answer in before an envelope has been seen; 1.1 when nothing tells. */
export function guessVersion(contentType: string | undefined): SoapVersion {
  return toMediaType(contentType ?? '') === SOAP12.mediaType ? SOAP12 : SOAP11;
}

function toMediaType(value: string): string {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase();
}
