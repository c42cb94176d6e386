import type { HttpReply } from '@portico/service/spi';
import { NAMESPACES } from './namespaces.ts';
import type { QName } from './protocol-failures.ts';
import { SOAP_VERSIONS, SOAP12, type SoapVersion, writeEnvelope } from './soap-version.ts';
import { escapeAttribute, escapeText } from './xml-writer.ts';

/** The standard's own codes, in SOAP 1.1's words; 1.2 says `Sender` and `Receiver`. */
export type FaultCode =
  | 'Client'
  | 'Server'
  | 'VersionMismatch'
  | 'MustUnderstand'
  | 'DataEncodingUnknown';

/** A fault before it is written in one of the versions. */
export interface Fault {
  readonly code: FaultCode;
  /** A more exact code: instead of `code` in 1.1, as its subcode in 1.2. */
  readonly subcode?: QName | undefined;
  readonly message: string;
  /** Elements of the detail, written. */
  readonly detail: string;
  /** `MustUnderstand`: the blocks, for 1.2's `NotUnderstood` headers. */
  readonly notUnderstood: readonly QName[];
}

/** Writes a fault (SOAP 1.1 §4.4, SOAP 1.2 part 1 §5.4) in an envelope of the version. */
export function writeFault(fault: Fault, version: SoapVersion): string {
  if (version !== SOAP12) return writeEnvelope(version, writeFault11(fault));
  return writeEnvelope(version, writeFault12(fault), writeFaultHeaders(fault));
}

/** `application/soap+xml` or `text/xml`, always UTF-8; never kept by a cache. */
export function toHeaders(version: SoapVersion): Record<string, string | readonly string[]> {
  return { 'content-type': `${version.mediaType}; charset=utf-8`, 'cache-control': 'no-store' };
}

/** The status that SOAP over HTTP prescribes (SOAP 1.1 §6.2, SOAP 1.2 part 2 table 20). */
export function toFaultStatus({ code }: Fault, version: SoapVersion): number {
  return version === SOAP12 && code === 'Client' ? 400 : 500;
}

/** A reply with a body in the version's form. */
export function toSoapReply(version: SoapVersion, status: number, body: string): HttpReply {
  return { status, headers: toHeaders(version), body };
}

function writeFault11({ code, subcode, message, detail }: Fault): string {
  // 1.1 has no code for an unknown encoding: it is the client's.
  const known = code === 'DataEncodingUnknown' ? 'Client' : code;
  const faultcode =
    subcode === undefined
      ? `<faultcode>soap:${known}</faultcode>`
      : writeQName('faultcode', subcode);
  return (
    `<soap:Fault>${faultcode}<faultstring>${escapeText(message)}</faultstring>` +
    `<detail>${detail}</detail></soap:Fault>`
  );
}

const CODES12: Readonly<Record<FaultCode, string>> = {
  Client: 'Sender',
  Server: 'Receiver',
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
  DataEncodingUnknown: 'DataEncodingUnknown',
};

function writeFault12({ code, subcode, message, detail }: Fault): string {
  const inner =
    subcode === undefined
      ? ''
      : `<soap:Subcode>${writeQName('soap:Value', subcode)}</soap:Subcode>`;
  return (
    `<soap:Fault><soap:Code><soap:Value>soap:${CODES12[code]}</soap:Value>${inner}</soap:Code>` +
    `<soap:Reason><soap:Text xml:lang="en">${escapeText(message)}</soap:Text></soap:Reason>` +
    `<soap:Detail>${detail}</soap:Detail></soap:Fault>`
  );
}

/** SOAP 1.2 part 1 §5.4.7 and §5.4.8: which versions we speak, which blocks we did not understand. */
function writeFaultHeaders({ code, notUnderstood }: Fault): string {
  if (code === 'VersionMismatch') {
    const versions = SOAP_VERSIONS.map(
      ({ namespace }) => `<soap:SupportedEnvelope xmlns:v="${namespace}" qname="v:Envelope"/>`,
    );
    return `<soap:Upgrade>${versions.join('')}</soap:Upgrade>`;
  }
  return notUnderstood
    .map(({ uri, local }) => {
      const name = escapeAttribute(local);
      return uri === ''
        ? `<soap:NotUnderstood qname="${name}"/>`
        : `<soap:NotUnderstood xmlns:n="${escapeAttribute(uri)}" qname="n:${name}"/>`;
    })
    .join('');
}

function writeQName(element: string, { uri, local }: QName): string {
  const prefix = uri === NAMESPACES.wsse ? 'wsse' : 'code';
  return `<${element} xmlns:${prefix}="${uri}">${prefix}:${local}</${element}>`;
}
