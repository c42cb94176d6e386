// moleculer-web in one process and the service of `rest` in another, over Moleculer's TCP transporter without
// discovery by broadcast.
import type { AddressInfo } from 'node:net';
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';
import { freePorts } from './call-remote-ports.ts';
import { stockRoute, stockSchema } from './rest-moleculer-stock.ts';
import { serviceListens, startService } from './rest-remote-child.ts';

const [role = 'gateway', ...given] = process.argv.slice(2);
const ports = role === 'service' ? given.map(Number) : await freePorts(2);
const [gatewayPort = 0, servicePort = 0] = ports;
const broker = new moleculer.ServiceBroker({
  ...{ nodeID: role, logger: false, requestTimeout: 3_000 },
  transporter: {
    type: 'TCP',
    options: {
      udpDiscovery: false,
      port: role === 'service' ? servicePort : gatewayPort,
      urls: `127.0.0.1:${gatewayPort}/gateway,127.0.0.1:${servicePort}/service`,
    },
  },
});
if (role === 'service') {
  broker.createService(stockSchema);
  await broker.start();
  serviceListens(servicePort);
} else {
  const settings = { port: 0, ip: '127.0.0.1', routes: [stockRoute] };
  const gateway = broker.createService({ name: 'gateway', mixins: [ApiGateway], settings });
  await broker.start();
  await startService(import.meta.url, ports.map(String));
  await broker.waitForServices('stock');
  const address = (gateway as unknown as { server: { address(): AddressInfo } }).server.address();
  console.log(JSON.stringify({ port: address.port }));
  process.on('SIGTERM', () => process.exit(0));
}
