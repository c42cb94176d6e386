// Moleculer: an action calls another action of the same broker, with parameters validated (its own
// validator, fastest-validator). It copies nothing and does not check the answer.
import moleculer from 'moleculer';
import { measureCalls } from './call-rate.ts';

const broker = new moleculer.ServiceBroker({ logger: false, requestTimeout: 3_000 });
broker.createService({
  name: 'inventory',
  actions: {
    getStock: {
      params: {
        $$strict: true,
        sku: { type: 'string', min: 1, max: 40 },
        quantity: { type: 'number', integer: true, min: 0, max: 1_000_000 },
      },
      async handler(context: { params: { sku: string; quantity: number } }) {
        return { sku: context.params.sku, available: context.params.quantity + 1, low: false };
      },
    },
  },
});
await broker.start();
await measureCalls((index) =>
  broker.call('inventory.getStock', { sku: 'HOSE-15', quantity: index & 1023 }),
);
await broker.stop();
