// moleculer-web in front of a Moleculer service in the same process, parameters validated.
import type { AddressInfo } from 'node:net';
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';

const broker = new moleculer.ServiceBroker({ logger: false });
broker.createService({
  name: 'stock',
  actions: {
    level: {
      params: { sku: { type: 'string', min: 1, max: 40 } },
      async handler(context: { params: { sku: string } }) {
        return { sku: context.params.sku, available: 12, low: false };
      },
    },
    check: {
      params: {
        $$strict: true,
        reference: { type: 'string', min: 1, max: 80 },
        note: { type: 'string', max: 200, optional: true },
        lines: {
          type: 'array',
          min: 1,
          max: 100,
          items: {
            type: 'object',
            strict: true,
            props: {
              sku: { type: 'string', min: 1, max: 40 },
              quantity: { type: 'number', integer: true, min: 1, max: 99 },
            },
          },
        },
      },
      async handler(context: { params: { lines: { quantity: number }[] } }) {
        const { lines } = context.params;
        const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
        return { ok: true, pieces, lines: lines.length };
      },
    },
  },
});
const gateway = broker.createService({
  name: 'gateway',
  mixins: [ApiGateway],
  settings: {
    port: 0,
    ip: '127.0.0.1',
    routes: [
      {
        path: '/stock/v1',
        bodyParsers: { json: true },
        aliases: { 'GET levels/:sku': 'stock.level', 'POST checks': 'stock.check' },
      },
    ],
  },
});
await broker.start();
const address = (gateway as unknown as { server: { address(): AddressInfo } }).server.address();
console.log(JSON.stringify({ port: address.port }));
process.on('SIGTERM', () => process.exit(0));
