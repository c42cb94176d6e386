// Moleculer with moleculer-web and one service per service of the shop.
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';
import { OPERATIONS, services } from './start-services.mjs';

const broker = new moleculer.ServiceBroker({ logger: false });
const aliases = {};
for (const name of services) {
  const actions = { list: { handler: async () => ({ items: [] }) } };
  aliases[`GET ${name}/items`] = `${name}.list`;
  for (let index = 1; index < OPERATIONS; index++) {
    actions[`operation${index}`] = {
      params: {
        id: 'string',
        note: { type: 'string', max: 200, optional: true },
        quantity: { type: 'number', integer: true, optional: true },
      },
      handler: async (context) => context.params,
    };
    aliases[`POST ${name}/operation${index}`] = `${name}.operation${index}`;
  }
  broker.createService({ name, actions });
}
const gateway = broker.createService({
  mixins: [ApiGateway],
  settings: {
    port: 0,
    ip: '127.0.0.1',
    routes: [{ path: '/', bodyParsers: { json: true }, aliases }],
  },
});
await broker.start();
console.log(JSON.stringify({ port: gateway.server.address().port }));
process.on('SIGTERM', () => process.exit(0));
