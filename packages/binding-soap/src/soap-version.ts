import { NAMESPACES } from './namespaces.ts';

/** What differs between the two versions of SOAP in a message. */
export interface SoapVersion {
  readonly name: '1.1' | '1.2';
  readonly namespace: string;
  readonly mediaType: string;
  /** The attribute of a header block that says whom it is for. */
  readonly roleAttribute: 'actor' | 'role';
  /** Values of that attribute that mean us; absent and empty do too. */
  readonly ourRoles: readonly string[];
}

/** SOAP 1.1 (W3C Note, 8 May 2000). */
export const SOAP11: SoapVersion = {
  name: '1.1',
  namespace: NAMESPACES.soap11,
  mediaType: 'text/xml',
  roleAttribute: 'actor',
  ourRoles: ['', 'http://schemas.xmlsoap.org/soap/actor/next'],
};

/** SOAP 1.2 (W3C Recommendation, second edition). */
export const SOAP12: SoapVersion = {
  name: '1.2',
  namespace: NAMESPACES.soap12,
  mediaType: 'application/soap+xml',
  roleAttribute: 'role',
  ourRoles: ['', `${NAMESPACES.soap12}/role/next`, `${NAMESPACES.soap12}/role/ultimateReceiver`],
};

/** The versions we speak, the one we would rather be spoken to first. */
export const SOAP_VERSIONS: readonly SoapVersion[] = [SOAP12, SOAP11];

/** A message around body content, as it goes over the wire. */
export function writeEnvelope(version: SoapVersion, body: string, header = ''): string {
  const head = header === '' ? '' : `<soap:Header>${header}</soap:Header>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${version.namespace}">` +
    `${head}<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}
