import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSoapBinding } from '@portico/binding-soap';
import { Failure, type Operation } from '@portico/contract';
import type { Caller } from '@portico/service';
import type { Exchange, HttpReply, PresentedCredential, Route } from '@portico/service/spi';
import { Interop } from './contract.ts';

/** What a call brought, before any answer. */
export interface Received {
  readonly operation: string;
  readonly input: unknown;
  readonly key: string | undefined;
  readonly username: string | undefined;
}

/** The fixture's endpoint on a free port, and what came in. */
export interface InteropServer {
  readonly wsdl: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** Serves the SOAP binding alone: the edge is played by the fewest lines that can. */
export async function startInteropServer(): Promise<InteropServer> {
  const binding = createSoapBinding({ clock: { now: () => Date.now() } });
  const operations = Object.values<Operation>(Interop.operations);
  const routes = binding.routes({ name: 'judged', apis: [{ api: Interop, operations }] });
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void serve(request, routes, received).then((reply) => send(response, reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    wsdl: `http://127.0.0.1:${port}/soap/interop/v1?wsdl`,
    received,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((problem) => (problem ? reject(problem) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  routes: readonly Route[],
  received: Received[],
): Promise<HttpReply> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const route = routes.find((each) => each.path === path && each.method === request.method);
  if (route === undefined) return { status: 404, headers: {} };
  return await route.handle(toExchange(request, { path, query }, received));
}

function toExchange(
  request: IncomingMessage,
  { path, query }: { readonly path: string; readonly query: string },
  received: Received[],
): Exchange {
  let username: string | undefined;
  return {
    request: {
      method: request.method ?? '',
      path,
      query,
      header: (name) => request.headers[name]?.toString(),
    },
    parameters: {},
    requestId: 'request-1',
    origin: `http://${request.headers.host}`,
    authenticate(presented?: PresentedCredential): Caller {
      if (presented !== undefined && presented.password !== 'open sesame') {
        throw Failure.rejected('unauthenticated', 'The credentials are wrong.');
      }
      username = presented?.username;
      return { permissions: new Set(), via: 'anonymous' };
    },
    admit() {},
    body: async () => Buffer.concat(await Array.fromAsync(request)),
    async dispatch(operation, input, options) {
      received.push({ operation: operation.name, input, key: options?.key, username });
      return answer(operation.name, input as Record<string, unknown>, options?.key);
    },
  };
}

function answer(name: string, input: Record<string, unknown>, key: string | undefined): unknown {
  if (name === 'echo') return input;
  if (name === 'submit') return { key };
  if (name === 'touch') return undefined;
  if (input.how === 'OutOfStock') {
    const data = { sku: 'ab<1>', missing: 3 };
    throw new Failure('APP', 'OutOfStock', 'Not enough.', { name: 'OutOfStock', data });
  }
  if (input.how === 'Gone') throw new Failure('APP', 'Gone', 'It is gone.', { name: 'Gone' });
  if (input.how === 'invalid') {
    const violations = [{ pointer: '/lines/0/sku', detail: 'Is too long.' }];
    throw Failure.rejected('invalid', 'The input does not match.', { violations });
  }
  throw new Failure('BUG', 'internal', 'secret detail', { incident: 'inc-1' });
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, headers as Record<string, string>).end(body);
}
