// `PORT PSP DIRECTORY`: the six services on Moleculer and moleculer-web in one process; every call between
// services is a broker call, parameters validated.
import moleculer from 'moleculer';
import ApiGateway from 'moleculer-web';
import { createCatalog, createInventory } from './checkout-plain-goods.ts';
import { createOrders, createPayments, type OrdersCalls } from './checkout-plain-orders.ts';
import { createCart, createIdentity } from './checkout-plain-people.ts';

const [port = '0', psp = '', directory = ''] = process.argv.slice(2);
const broker = new moleculer.ServiceBroker({ logger: false, requestTimeout: 15_000 });

type Handler = (input: never) => Promise<unknown>;

/** Actions of the functions given, with the parameters that each checks. */
function serve<Service>(
  name: string,
  service: Service,
  params: Partial<Record<keyof Service & string, object>>,
): void {
  const actions = Object.entries(params).map(([action, checked]) => {
    const handler = service[action as keyof Service] as Handler;
    const run = (context: { params: object; meta: { subject?: string } }) => {
      const { subject } = context.meta;
      return handler({ ...context.params, ...(subject && { subject }) } as never);
    };
    return [action, { params: { $$strict: true, ...(checked as object) }, handler: run }];
  });
  broker.createService({ name, actions: Object.fromEntries(actions) });
}

/** A service as others call it: through the broker. */
function callsTo(name: string) {
  const call = (action: string) => (input: object) => broker.call(`${name}.${action}`, input);
  return new Proxy({}, { get: (_target, action: string) => call(action) });
}
const through = Object.fromEntries(
  ['cart', 'catalog', 'inventory', 'payments'].map((name) => [name, callsTo(name)]),
) as unknown as OrdersCalls;

const sku = { type: 'string', min: 2, max: 40 };
const skus = { type: 'array', max: 100, items: sku };
const text = (max: number) => ({ type: 'string', min: 1, max });
const whole = (min: number, max: number) => ({ type: 'number', integer: true, min, max });
const subject = { ...text(200), optional: true };
const object = (props: object) => ({ type: 'object', strict: true, props });
const lines = {
  ...{ type: 'array', min: 1, max: 100 },
  items: object({ sku, quantity: whole(1, 99) }),
};
const money = object({ amount: whole(0, 1e12), currency: { type: 'enum', values: ['EUR'] } });
const reservation = text(100);

const identity = createIdentity(directory);
serve('identity', identity, { startGuest: {} });
serve('catalog', createCatalog(directory), { getOffers: { skus } });
serve('inventory', createInventory(directory), {
  getStocks: { skus },
  reserve: { reservation, lines },
  release: { reservation },
  commit: { reservation },
});
serve('cart', createCart(directory, through.catalog), {
  addItem: { sku, quantity: whole(1, 99), subject },
  getCheckoutCart: { subject },
  closeCart: { cartId: text(100), lines },
});
serve('payments', createPayments(directory, psp), {
  authorize: { paymentId: text(100), orderId: text(100), amount: money, token: text(200) },
  capture: { paymentId: text(100) },
  void: { paymentId: text(100) },
});
const country = { type: 'string', length: 2 };
serve('orders', createOrders(directory, through), {
  getQuote: { country, subject },
  placeOrder: {
    ...{ cartVersion: whole(0, 1e9), expectedTotal: money, paymentToken: text(200), subject },
    contact: object({ name: text(200), email: { type: 'email' } }),
    shippingAddress: object({
      ...{ name: text(200), line1: text(200), postalCode: text(20), city: text(100), country },
    }),
  },
  getOrder: {
    ...{ orderId: text(100), subject },
    wait: { ...whole(0, 10), convert: true, optional: true },
  },
});

broker.createService({
  name: 'gateway',
  mixins: [ApiGateway],
  settings: {
    ...{ port: Number(port), ip: '127.0.0.1' },
    routes: [
      {
        path: '/identity/v1',
        bodyParsers: { json: true },
        aliases: { 'POST guests': 'identity.startGuest' },
      },
      {
        path: '/',
        authentication: true,
        bodyParsers: { json: true },
        aliases: {
          'POST cart/v1/mine/items': 'cart.addItem',
          'GET orders/v1/quote': 'orders.getQuote',
          'POST orders/v1/orders': 'orders.placeOrder',
          'GET orders/v1/orders/:orderId': 'orders.getOrder',
        },
      },
    ],
  },
  methods: {
    async authenticate(
      context: { meta: { subject?: string } },
      _route: unknown,
      request: { headers: { authorization?: string } },
    ) {
      context.meta.subject = identity.authenticate(request.headers.authorization);
    },
  },
});
await broker.start();
console.log(JSON.stringify({ port: Number(port) }));
process.on('SIGTERM', () => process.exit(0));
