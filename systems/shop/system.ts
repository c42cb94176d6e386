import { system } from '@portico/system';
import { Identity } from './contracts/identity.ts';
import { cart } from './services/cart/service.ts';
import { catalog } from './services/catalog/service.ts';
import { customers } from './services/customers/service.ts';
import { identity } from './services/identity/service.ts';
import { inventory } from './services/inventory/service.ts';
import { orders } from './services/orders/service.ts';
import { payments } from './services/payments/service.ts';

/** `iss` and `aud` of the tokens that identity signs and the gateway believes. */
const issuer = 'urn:portico:shop:identity';
const audience = 'urn:portico:shop';

const guest = ['cart:use', 'orders:place'];
const customer = [...guest, 'profile:use'];

/** The shop: seven services, and whom its gateway lets in to do what. */
export default system({
  name: 'shop',
  version: '1.0.0',
  services: [identity, customers, catalog, inventory, cart, orders, payments],
  gateway: {
    issuers: [
      { issuer, audience, keys: { kind: 'operation', operation: Identity.operations.getKeys } },
    ],
    roles: {
      guest,
      customer,
      staff: ['catalog:write', 'stock:write', 'orders:manage', 'payments:read', 'customers:read'],
      admin: ['*'],
    },
  },
  config: {
    identity: { issuer, audience },
    payments: {
      provider: 'sandbox',
      sandbox: {
        url: process.env.SHOP_PSP_URL ?? 'http://127.0.0.1:8081',
        // The sandbox's own keys guard nothing of value; a real provider's come from the environment.
        publishableKey: process.env.SHOP_PSP_PUBLISHABLE_KEY ?? 'pk_sandbox',
        secretKey: process.env.SHOP_PSP_SECRET_KEY ?? 'sk_sandbox',
        webhookSecret:
          process.env.SHOP_PSP_WEBHOOK_SECRET ?? 'whsec_c2FuZGJveC1wc3Atd2ViaG9vay1rZXk=',
      },
    },
  },
});
