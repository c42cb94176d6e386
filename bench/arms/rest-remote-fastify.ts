// Fastify as a proxy by undici before the Fastify of `rest` in another process. The proxy knows nothing of what
// it hands on: only the service validates.
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { Pool } from 'undici';
import { serviceListens, startService } from './rest-remote-child.ts';

if (process.argv[2] === 'service') {
  const { app } = await import('./rest-fastify.ts');
  serviceListens((app.server.address() as AddressInfo).port);
} else {
  const port = await startService(import.meta.url);
  const pool = new Pool(`http://127.0.0.1:${port}`);
  const app = Fastify({ logger: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.route({
    method: ['GET', 'POST'],
    url: '/stock/v1/*',
    async handler(request, reply) {
      const type = request.headers['content-type'];
      const answer = await pool.request({
        method: request.method as 'GET' | 'POST',
        path: request.url,
        headers: type ? { 'content-type': type } : {},
        body: request.body ? (request.body as Buffer) : null,
      });
      reply.code(answer.statusCode).header('content-type', answer.headers['content-type']);
      return reply.send(Buffer.from(await answer.body.arrayBuffer()));
    },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
  process.on('SIGTERM', () => process.exit(0));
}
