// Hono on node:http through its own adapter, with its validator hook and Ajv.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Ajv } from 'ajv';
import { Hono } from 'hono';
import { validator } from 'hono/validator';

interface Check {
  readonly reference: string;
  readonly note?: string;
  readonly lines: { readonly sku: string; readonly quantity: number }[];
}

const isCheck = new Ajv().compile<Check>({
  type: 'object',
  additionalProperties: false,
  required: ['reference', 'lines'],
  properties: {
    reference: { type: 'string', minLength: 1, maxLength: 80 },
    note: { type: 'string', maxLength: 200, nullable: true },
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
});

const app = new Hono();
app.get('/stock/v1/levels/:sku', (context) =>
  context.json({ sku: context.req.param('sku'), available: 12, low: false }),
);
app.post(
  '/stock/v1/checks',
  validator('json', (value, context) =>
    isCheck(value) ? value : context.json({ error: 'invalid' }, 400),
  ),
  (context) => {
    const { lines } = context.req.valid('json') as Check;
    const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
    return context.json({ ok: true, pieces, lines: lines.length });
  },
);
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.on('SIGTERM', () => process.exit(0));
