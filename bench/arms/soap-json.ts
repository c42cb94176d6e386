// The limit: the same articles as JSON over bare node:http.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Article, totalOf } from './soap-articles.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { articles } = JSON.parse(Buffer.concat(chunks).toString()) as { articles: Article[] };
    const text = JSON.stringify({ articles, total: totalOf(articles) });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
