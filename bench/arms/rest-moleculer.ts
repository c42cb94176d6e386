// moleculer-web in front of a Moleculer service in the same process, parameters validated.
import type { AddressInfo } from 'node:net';
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';
import { stockRoute, stockSchema } from './rest-moleculer-stock.ts';

const broker = new moleculer.ServiceBroker({ logger: false });
broker.createService(stockSchema);
const gateway = broker.createService({
  name: 'gateway',
  mixins: [ApiGateway],
  settings: {
    port: 0,
    ip: '127.0.0.1',
    routes: [stockRoute],
  },
});
await broker.start();
const address = (gateway as unknown as { server: { address(): AddressInfo } }).server.address();
console.log(JSON.stringify({ port: address.port }));
process.on('SIGTERM', () => process.exit(0));
