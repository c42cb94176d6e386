import { Failure } from '@portico/contract';
import type { Binding } from '@portico/service/spi';
import { guessVersion } from './content-type.ts';
import { toUnroutedReply } from './error-map.ts';
import { type SoapBindingOptions, toPath, toRoutes } from './routes.ts';

/**
 * Operations over SOAP 1.1 and 1.2, document/literal wrapped, both versions on one URL per API:
 * `/soap/{api}/v{major}`, its WSDL at `?wsdl`. The same operations and answers as any other binding:
 * it translates and decides nothing.
 */
export function createSoapBinding(options: SoapBindingOptions): Binding {
  return {
    name: 'soap',
    routes: (system) => toRoutes(system, options),
    documents: ({ apis }) =>
      apis
        .filter(({ operations }) => operations.length > 0)
        .map((published) => ({
          path: `${toPath(published)}?wsdl`,
          mediaType: 'text/xml',
          api: published.api.name,
          anchor: toPath(published),
        })),
    refuse(failure, request, requestId) {
      const version = guessVersion(request.header('content-type'));
      return toUnroutedReply(Failure.from(failure), { version, requestId });
    },
  };
}
