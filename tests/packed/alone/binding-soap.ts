// Only @portico/binding-soap (and the contract it serves): no gateway, no runtime. The exchange, which
// is all that a binding knows of a server, is written by hand.
import { createSoapBinding } from '@portico/binding-soap';
import { api, operation } from '@portico/contract';
import type { Exchange } from '@portico/service/spi';
import * as z from 'zod';

const Echo = api('echo', {
  version: '1.0.0',
  summary: 'Says it back.',
  operations: {
    say: operation({
      summary: 'Say it back.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      input: z.object({ text: z.string() }),
      output: z.object({ text: z.string() }),
    }),
  },
});

const binding = createSoapBinding({ clock: { now: () => 0 } });
const operations = Object.values(Echo.operations);
const routes = binding.routes({ name: 'alone', apis: [{ api: Echo, operations }] });
const route = routes.find(({ method }) => method === 'POST');
const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
  <say xmlns="urn:portico:alone:echo:v1"><text>alone</text></say></s:Body></s:Envelope>`;
const exchange: Exchange = {
  request: {
    method: 'POST',
    path: '/soap/echo/v1',
    query: '',
    header: (name) => ({ 'content-type': 'text/xml; charset=utf-8' })[name],
  },
  parameters: {},
  requestId: 'request-1',
  origin: 'http://127.0.0.1',
  authenticate: () => ({ permissions: new Set(), via: 'anonymous' }),
  admit() {},
  body: async () => new TextEncoder().encode(envelope),
  dispatch: async (_operation, input) => input,
};
const reply = await route?.handle(exchange);
console.log(reply?.body?.toString());
