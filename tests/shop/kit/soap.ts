import type { Api } from '@portico/contract';
import { parseXml, type XmlElement } from '../../conformance/xml.ts';
import { fromXml, toXml } from '../../conformance/xml-values.ts';
import type { Reply, Request, Transport } from './transport.ts';

const ENVELOPE = 'http://www.w3.org/2003/05/soap-envelope';

/** Calls over SOAP 1.2 with envelopes written from the contract, as a client made of the WSDL would. */
export async function createSoap(origin: string, api: Api): Promise<Transport> {
  const url = `${origin}/soap/${api.name}/v1`;
  const wsdl = await (await fetch(`${url}?wsdl`)).text();
  const namespace = /targetNamespace="([^"]+)"/.exec(wsdl)?.[1];
  if (namespace === undefined) throw new Error(`no WSDL at ${url}: ${wsdl.slice(0, 200)}`);
  return async (request) => {
    const { operation, input, headers } = request;
    const content = toXml(api, operation.name, operation.input.shape, input);
    const named = content.replace('>', ` xmlns="${namespace}">`);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/soap+xml; charset=utf-8', ...headers },
      body: `<s:Envelope xmlns:s="${ENVELOPE}"><s:Body>${named}</s:Body></s:Envelope>`,
    });
    return toReply(api, request, response);
  };
}

async function toReply(api: Api, { operation }: Request, response: Response): Promise<Reply> {
  const raw = await response.text();
  const { status } = response;
  const body = parseXml(raw).children.find((child) => child.name === 'Body');
  const content = body?.children[0];
  if (!content) throw new Error(`no body in ${raw}`);
  if (content.name !== 'Fault') {
    const shape = operation.output?.shape;
    return { ok: true, status, raw, value: shape && fromXml(api, shape, content) };
  }
  const detail = content.children.find((child) => child.name === 'Detail');
  const code = (detail && findAll(detail, 'code')[0]) ?? 'no code';
  const type = operation.errors[code]?.data;
  const element = detail?.children.find((child) => child.name === code);
  const data = type && element ? fromXml(api, type.shape, element) : {};
  const pointers = detail ? findAll(detail, 'pointer') : [];
  return { ok: false, status, code, data, pointers, raw };
}

/** The texts of elements and attributes of that name below `element`. */
function findAll(element: XmlElement, name: string): string[] {
  return element.children.flatMap((child) => {
    const attribute = child.attributes[name];
    const own = child.name === name ? [child.text] : [];
    return [...own, ...(attribute === undefined ? [] : [attribute]), ...findAll(child, name)];
  });
}
