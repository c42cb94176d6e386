import { Failure } from '@portico/contract';
import type {
  Exchange,
  HttpReply,
  PublishedApi,
  PublishedSystem,
  Route,
} from '@portico/service/spi';
import { createCodecs } from './codecs.ts';
import { guessVersion } from './content-type.ts';
import { toWsdl, type WsdlTemplate } from './document.ts';
import { toReply } from './error-map.ts';
import { type Endpoint, handleMessage, toBodyLimit } from './handle-message.ts';
import { type SoapApi, toSoapApi } from './soap-api.ts';
import { createNonceMemory, type NonceMemory } from './ws-security.ts';

/** What the composer gives the SOAP binding. */
export interface SoapBindingOptions {
  /** For the Timestamp of a WS-Security header. */
  readonly clock: { now(): number };
}

/** Two routes per API: POST for messages of both versions, GET for the document. */
export function toRoutes(system: PublishedSystem, { clock }: SoapBindingOptions): readonly Route[] {
  const nonces = createNonceMemory();
  return system.apis
    .filter(({ operations }) => operations.length > 0)
    .flatMap((published) => {
      const port = createPort(system.name, published, { clock, nonces });
      const { path } = port;
      const label = `soap:${published.api.name}.v${published.api.major}`;
      return [
        {
          method: 'POST',
          path,
          label,
          handle: (exchange: Exchange) => handleMessage(port.endpoint(), exchange),
        },
        {
          method: 'GET',
          path,
          label: `${label}.wsdl`,
          handle: async (exchange: Exchange) => describe(port, exchange),
        },
      ];
    });
}

/** The path of an API's endpoint, below the origin. */
export function toPath({ api }: PublishedApi): string {
  return `/soap/${encodeURIComponent(api.name)}/v${api.major}`;
}

interface Port {
  readonly path: string;
  /** Made with the first message: names and codecs cost time that a start should not take. */
  endpoint(): Endpoint;
  wsdl(): WsdlTemplate;
}

function createPort(
  system: string,
  published: PublishedApi,
  shared: { readonly clock: { now(): number }; readonly nonces: NonceMemory },
): Port {
  const path = toPath(published);
  let api: SoapApi | undefined;
  let endpoint: Endpoint | undefined;
  let wsdl: WsdlTemplate | undefined;
  const named = (): SoapApi => {
    api ??= toSoapApi(system, published, path);
    return api;
  };
  return {
    path,
    endpoint() {
      const bodyLimit = toBodyLimit(published.operations);
      endpoint ??= { api: named(), codecs: createCodecs(named()), bodyLimit, ...shared };
      return endpoint;
    },
    wsdl() {
      wsdl ??= toWsdl(named());
      return wsdl;
    },
  };
}

/** `?wsdl` in any case, as clients and people have always written it. */
function describe(port: Port, { request, requestId, origin }: Exchange): HttpReply {
  if (/^wsdl(?:=|$)/i.test(request.query)) {
    const headers = { 'content-type': 'text/xml; charset=utf-8' };
    return { status: 200, headers, body: port.wsdl()(origin + port.path) };
  }
  const message = 'Send SOAP messages with POST; the description is at ?wsdl.';
  const failure = Failure.rejected('method-not-allowed', message, { allow: ['POST'] });
  return toReply(failure, { version: guessVersion(request.header('content-type')), requestId });
}
