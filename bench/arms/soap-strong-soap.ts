// strong-soap's server on the WSDL given as a file.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import strong from 'strong-soap';
import { toHandlers } from './soap-articles.ts';

const wsdl = readFileSync(process.argv[2] ?? '', 'utf8');
const handlers = toHandlers(wsdl);
const server = createServer((_request, response) => response.writeHead(404).end());
server.listen(0, '127.0.0.1', () => {
  strong.soap.listen(server, '/soap/stock/v1', handlers, wsdl);
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
