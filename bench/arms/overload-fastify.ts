// Fastify as it comes: nothing is shed.
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { work } from './overload-work.ts';

const app = Fastify({ logger: false });
app.get<{ Params: { name: string } }>(
  '/worker/v1/work/:name',
  {
    schema: {
      params: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', minLength: 1, maxLength: 40 } },
      },
      response: {
        200: {
          type: 'object',
          required: ['name', 'digest'],
          properties: { name: { type: 'string' }, digest: { type: 'string' } },
        },
      },
    },
  },
  async ({ params }) => work(params.name),
);
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
process.on('SIGTERM', () => process.exit(0));
