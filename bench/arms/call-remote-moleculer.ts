// Moleculer over its own TCP transporter, without discovery by broadcast; parameters validated.
import moleculer from 'moleculer';
import { measureRemoteCalls } from './call-remote-load.ts';
import { freePorts } from './call-remote-ports.ts';

const [role, port = '0'] = process.argv.slice(2);
const [serverPort = 0, clientPort = 0] = role === 'serve' ? await freePorts(2) : toPorts(port);
const broker = new moleculer.ServiceBroker({
  nodeID: role === 'serve' ? 'server' : 'client',
  logger: false,
  requestTimeout: 3_000,
  transporter: {
    type: 'TCP',
    options: {
      udpDiscovery: false,
      port: role === 'serve' ? serverPort : clientPort,
      urls: `127.0.0.1:${serverPort}/server,127.0.0.1:${clientPort}/client`,
    },
  },
});
if (role === 'serve') {
  broker.createService({
    name: 'stock',
    actions: {
      count: {
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
  // One number tells both ports.
  console.log(JSON.stringify({ port: serverPort * 65_536 + clientPort }));
  process.on('SIGTERM', () => process.exit(0));
} else {
  await broker.start();
  await broker.waitForServices('stock');
  await measureRemoteCalls((input) => broker.call('stock.count', input));
  await broker.stop();
}

function toPorts(text: string): number[] {
  return [Math.floor(Number(text) / 65_536), Number(text) % 65_536];
}
