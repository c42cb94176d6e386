import type { Api, Operation } from '@portico/contract';
import { Conformance } from './contract.ts';
import type { Credentials } from './credentials.ts';
import type { Answer, Driver } from './driver.ts';
import { parseXml, type XmlElement } from './xml.ts';
import { fromXml, toXml } from './xml-values.ts';

/** The two versions of SOAP, by what tells them apart on the wire. */
const versions = {
  '1.1': { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', mediaType: 'text/xml' },
  '1.2': {
    namespace: 'http://www.w3.org/2003/05/soap-envelope',
    mediaType: 'application/soap+xml',
  },
} as const;

/**
 * Calls over SOAP as a foreign client would: envelopes written by hand from the contract, the target
 * namespace from the WSDL, answers read by a parser of the suite's own.
 */
export async function createSoapDriver(
  origin: string,
  credentials: Credentials,
  version: keyof typeof versions,
): Promise<Driver> {
  const { namespace: envelope, mediaType } = versions[version];
  const url = `${origin}/soap/conformance/v1`;
  const wsdl = await (await fetch(`${url}?wsdl`)).text();
  const namespace = /targetNamespace="([^"]+)"/.exec(wsdl)?.[1] ?? '';
  return {
    name: `SOAP ${version}`,
    async call(name, input, settings = {}) {
      const operation = (Conformance.operations as Record<string, Operation>)[name];
      if (!operation) throw new Error(`no operation ${name}`);
      const key = settings.key === undefined ? {} : { 'idempotency-key': settings.key };
      const body = toXml(Conformance as unknown as Api, name, operation.input.shape, input);
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': `${mediaType}; charset=utf-8`,
          ...key,
          ...credentials.headers(settings.as ?? 'nobody'),
        },
        body: `<s:Envelope xmlns:s="${envelope}"><s:Body>${body.replace('>', ` xmlns="${namespace}">`)}</s:Body></s:Envelope>`,
        ...(settings.signal ? { signal: settings.signal } : {}),
      });
      return toAnswer(operation, await response.text());
    },
    close: async () => {},
  };
}

function toAnswer(operation: Operation, raw: string): Answer {
  const body = parseXml(raw).children.find((child) => child.name === 'Body');
  const content = body?.children[0];
  if (!content) throw new Error(`no body in ${raw}`);
  if (content.name !== 'Fault') {
    const shape = operation.output?.shape;
    return {
      kind: 'value',
      value: shape && fromXml(Conformance as unknown as Api, shape, content),
    };
  }
  const detail = content.children.find((child) => /^detail$/i.test(child.name));
  const code = (detail && findAll(detail, 'code')[0]?.text) ?? 'no code';
  const pointers = detail ? findAll(detail, 'pointer').map((each) => each.text) : [];
  const declared = operation.errors[code];
  const element = detail && declared ? find(detail, code) : undefined;
  const data =
    element && declared?.data
      ? fromXml(Conformance as unknown as Api, declared.data.shape, element)
      : undefined;
  return { kind: 'failure', code, data, raw, ...(pointers.length > 0 ? { pointers } : {}) };
}

function find(element: XmlElement, name: string): XmlElement | undefined {
  return findAll(element, name)[0];
}

/** Elements of that name below `element`, and attributes of that name as if they were elements. */
function findAll(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => {
    const attribute = child.attributes[name];
    const own = child.name === name ? [child] : [];
    const asElement =
      attribute === undefined ? [] : [{ name, text: attribute, attributes: {}, children: [] }];
    return [...own, ...asElement, ...findAll(child, name)];
  });
}
