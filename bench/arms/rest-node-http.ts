// The limit: node:http with nothing around it. GET /stock/v1/levels/{sku}, POST /stock/v1/checks.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const sku = decodeURIComponent((request.url ?? '').slice('/stock/v1/levels/'.length));
    reply(response, { sku, available: 12, low: false });
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    const input = JSON.parse(body) as { lines: { sku: string; quantity: number }[] };
    const pieces = input.lines.reduce((sum, line) => sum + line.quantity, 0);
    reply(response, { ok: true, pieces, lines: input.lines.length });
  });
});

function reply(response: import('node:http').ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
