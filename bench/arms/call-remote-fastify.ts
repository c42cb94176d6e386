// Fastify, called with undici: JSON over HTTP/1.1, as services are mostly written. Validated by schema.
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { Pool } from 'undici';
import { measureRemoteCalls } from './call-remote-load.ts';

const [role, port = '0'] = process.argv.slice(2);
if (role === 'serve') {
  const app = Fastify({ logger: false });
  app.post<{ Body: { sku: string; quantity: number } }>(
    '/count',
    {
      schema: {
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['sku', 'quantity'],
          properties: {
            sku: { type: 'string', minLength: 1, maxLength: 40 },
            quantity: { type: 'integer', minimum: 0, maximum: 1_000_000 },
          },
        },
        response: {
          200: {
            type: 'object',
            required: ['sku', 'available', 'low'],
            properties: {
              sku: { type: 'string' },
              available: { type: 'integer' },
              low: { type: 'boolean' },
            },
          },
        },
      },
    },
    async ({ body }) => ({ sku: body.sku, available: body.quantity + 1, low: false }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
  process.on('SIGTERM', () => process.exit(0));
} else {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 });
  const headers = { 'content-type': 'application/json' };
  await measureRemoteCalls(async (input) => {
    const answer = await pool.request({
      ...{ path: '/count', method: 'POST', headers, headersTimeout: 3_000 },
      body: JSON.stringify(input),
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`HTTP ${answer.statusCode}`);
    }
    return answer.body.json();
  });
  await pool.close();
}
