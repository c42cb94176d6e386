// moleculer-web as it comes: its bulkhead is off by default, so nothing is shed.
import type { AddressInfo } from 'node:net';
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';
import { work } from './overload-work.ts';

const broker = new moleculer.ServiceBroker({ logger: false });
broker.createService({
  name: 'worker',
  actions: {
    work: {
      params: { name: { type: 'string', min: 1, max: 40 } },
      handler: async ({ params }: { params: { name: string } }) => work(params.name),
    },
  },
});
const gateway = broker.createService({
  name: 'gateway',
  mixins: [ApiGateway],
  settings: {
    port: 0,
    ip: '127.0.0.1',
    routes: [{ path: '/worker/v1', aliases: { 'GET work/:name': 'worker.work' } }],
  },
});
await broker.start();
const address = (gateway as unknown as { server: { address(): AddressInfo } }).server.address();
console.log(JSON.stringify({ port: address.port }));
process.on('SIGTERM', () => process.exit(0));
