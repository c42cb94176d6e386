// Fastify with its own validation and serialization by schema, as its documentation recommends.
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

/** Listens as soon as it is imported. */
export const app = Fastify({ logger: false });
const level = {
  type: 'object',
  required: ['sku', 'available', 'low'],
  properties: {
    sku: { type: 'string' },
    available: { type: 'integer' },
    low: { type: 'boolean' },
  },
};
app.get<{ Params: { sku: string } }>(
  '/stock/v1/levels/:sku',
  {
    schema: {
      params: {
        type: 'object',
        required: ['sku'],
        properties: { sku: { type: 'string', minLength: 1, maxLength: 40 } },
      },
      response: { 200: level },
    },
  },
  async (request) => ({ sku: request.params.sku, available: 12, low: false }),
);
app.post<{ Body: { lines: { sku: string; quantity: number }[] } }>(
  '/stock/v1/checks',
  {
    schema: {
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['reference', 'lines'],
        properties: {
          reference: { type: 'string', minLength: 1, maxLength: 80 },
          note: { type: 'string', maxLength: 200 },
          lines: {
            type: 'array',
            minItems: 1,
            maxItems: 100,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['sku', 'quantity'],
              properties: {
                sku: { type: 'string', minLength: 1, maxLength: 40 },
                quantity: { type: 'integer', minimum: 1, maximum: 99 },
              },
            },
          },
        },
      },
      response: {
        200: {
          type: 'object',
          required: ['ok', 'pieces', 'lines'],
          properties: {
            ok: { type: 'boolean' },
            pieces: { type: 'integer' },
            lines: { type: 'integer' },
          },
        },
      },
    },
  },
  async (request) => {
    const { lines } = request.body;
    const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
    return { ok: true, pieces, lines: lines.length };
  },
);
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
process.on('SIGTERM', () => process.exit(0));
