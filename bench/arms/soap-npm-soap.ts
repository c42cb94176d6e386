// npm soap's server on the WSDL given as a file.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from 'soap';
import { toHandlers } from './soap-articles.ts';

const wsdl = readFileSync(process.argv[2] ?? '', 'utf8');
const server = createServer((_request, response) => response.writeHead(404).end());
server.listen(0, '127.0.0.1', () => {
  listen(server, '/soap/stock/v1', toHandlers(wsdl) as never, wsdl);
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
