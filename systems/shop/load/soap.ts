import { type Reply, send } from './http-client.ts';

const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';

/** A call over SOAP 1.1. */
export interface SoapCall {
  readonly origin: string;
  readonly api: string;
  readonly operation: string;
  /** Fields in the order of the contract; what is undefined is left out. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Calls an operation as a foreign client would, with an envelope of its own making. */
export function callSoap({ origin, api, operation, input, headers }: SoapCall): Promise<Reply> {
  const namespace = `urn:portico:shop:${api}:v1`;
  const content = toXml(input);
  const body =
    `<s:Envelope xmlns:s="${ENVELOPE}"><s:Body>` +
    `<${operation} xmlns="${namespace}">${content}</${operation}></s:Body></s:Envelope>`;
  return send({
    method: 'POST',
    url: `${origin}/soap/${api}/v1`,
    headers: { ...headers, 'content-type': 'text/xml; charset=utf-8' },
    body,
  });
}

/** The text of the first element of that name. */
export function findText(xml: unknown, name: string): string | undefined {
  return new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(String(xml))?.[1];
}

function toXml(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const inner =
        typeof value === 'object' && value !== null
          ? toXml(value as Record<string, unknown>)
          : escapeText(String(value));
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
