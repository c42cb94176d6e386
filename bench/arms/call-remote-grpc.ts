// gRPC by @grpc/grpc-js. Protocol buffers check types; the bounds are checked by the handler.
import {
  credentials,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type CountInput, measureRemoteCalls } from './call-remote-load.ts';

const definition = loadSync(new URL('stock.proto', import.meta.url).pathname, { defaults: true });
// biome-ignore lint/suspicious/noExplicitAny: grpc-js makes its classes while it runs.
const { stock } = loadPackageDefinition(definition) as any;
const [role, port = '0'] = process.argv.slice(2);

type Reply = (problem: object | null, value?: object) => void;

if (role === 'serve') {
  const server = new Server();
  server.addService(stock.Stock.service, {
    Count({ request }: { request: CountInput }, reply: Reply) {
      const { sku, quantity } = request;
      if (sku.length < 1 || sku.length > 40 || quantity < 0 || quantity > 1_000_000) {
        return reply({ code: status.INVALID_ARGUMENT, details: 'out of bounds' });
      }
      reply(null, { sku, available: quantity + 1, low: false });
    },
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (problem, bound) => {
    if (problem) throw problem;
    console.log(JSON.stringify({ port: bound }));
  });
  process.on('SIGTERM', () => process.exit(0));
} else {
  const client = new stock.Stock(`127.0.0.1:${port}`, credentials.createInsecure());
  await measureRemoteCalls(
    (input) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + 3_000 };
        client.Count(input, options, (problem: Error | null, reply: object) =>
          problem ? reject(problem) : resolve(reply),
        );
      }),
  );
  client.close();
}
