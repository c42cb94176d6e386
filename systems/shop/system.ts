import { type System, system } from '@portico/system';
import type * as z from 'zod';
import { Identity } from './contracts/identity.ts';
import { cart } from './services/cart/service.ts';
import { createCatalog } from './services/catalog/service.ts';
import { customers } from './services/customers/service.ts';
import type { config as IdentityConfig } from './services/identity/config.ts';
import { createIdentity } from './services/identity/service.ts';
import { inventory } from './services/inventory/service.ts';
import { createOrders } from './services/orders/service.ts';
import type { PaymentsConfig, SandboxConfig, StripeConfig } from './services/payments/config.ts';
import { payments } from './services/payments/service.ts';

/** `iss` and `aud` of the tokens that identity signs and the gateway believes. */
const issuer = 'urn:portico:shop:identity';
const audience = 'urn:portico:shop';

const guest = ['cart:use', 'orders:place'];
const customer = [...guest, 'profile:use'];

/** What an operator may choose for a shop. */
export interface ShopOptions {
  /** Where its payment provider answers, and under which keys. What is left out is the sandbox's. */
  readonly psp?: Partial<SandboxConfig>;
  /** Stripe takes the money instead. */
  readonly stripe?: StripeConfig | undefined;
  /** Configuration of identity, but for the issuer and the audience, which the gateway must know too. */
  readonly identity?: Omit<NonNullable<z.input<typeof IdentityConfig>>, 'issuer' | 'audience'>;
}

/** A shop: seven services, and whom its gateway lets in to do what. */
export function createShop(options: ShopOptions = {}): System {
  return system({
    name: 'shop',
    version: '1.0.0',
    documents: {
      title: 'The shop',
      description:
        'A house-and-outdoor store: accounts, catalog, stock, carts, orders and payments. Start with ' +
        '`startGuest` or `signIn`; what they return is the bearer token of everything else.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    services: [
      createIdentity(),
      customers,
      createCatalog(),
      inventory,
      cart,
      createOrders(),
      payments,
    ],
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
      identity: { ...options.identity, issuer, audience },
      payments: toPayments(options),
    },
  });
}

function toPayments({ psp, stripe }: ShopOptions): PaymentsConfig {
  if (stripe) return { provider: 'stripe', stripe };
  // The sandbox's own keys guard nothing of value; a real provider's come from the environment.
  const sandbox = {
    url: 'http://127.0.0.1:8081',
    publishableKey: 'pk_sandbox',
    secretKey: 'sk_sandbox',
    webhookSecret: 'whsec_c2FuZGJveC1wc3Atd2ViaG9vay1rZXk=',
    ...psp,
  };
  return { provider: 'sandbox', sandbox };
}

/** The shop with the payment provider that the environment names. */
export default createShop({ psp: pspOf(process.env), stripe: stripeOf(process.env) });

/** `SHOP_PSP_URL`, `…_PUBLISHABLE_KEY`, `…_SECRET_KEY` and `…_WEBHOOK_SECRET`, as far as they are set. */
export function pspOf(environment: NodeJS.ProcessEnv): NonNullable<ShopOptions['psp']> {
  const given = {
    url: environment.SHOP_PSP_URL,
    publishableKey: environment.SHOP_PSP_PUBLISHABLE_KEY,
    secretKey: environment.SHOP_PSP_SECRET_KEY,
    webhookSecret: environment.SHOP_PSP_WEBHOOK_SECRET,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * `SHOP_STRIPE_SECRET_KEY`, `…_PUBLISHABLE_KEY` and `…_WEBHOOK_SECRET`; without the first, the shop
 * does not use Stripe. `…_API_URL` and `…_TOKEN_URL` point it at a sandbox.
 */
export function stripeOf(environment: NodeJS.ProcessEnv): StripeConfig | undefined {
  const secretKey = environment.SHOP_STRIPE_SECRET_KEY;
  if (!secretKey) return undefined;
  const apiUrl = environment.SHOP_STRIPE_API_URL;
  const tokenUrl = environment.SHOP_STRIPE_TOKEN_URL;
  return {
    secretKey,
    publishableKey: environment.SHOP_STRIPE_PUBLISHABLE_KEY ?? '',
    webhookSecret: environment.SHOP_STRIPE_WEBHOOK_SECRET ?? '',
    ...(apiUrl ? { apiUrl } : {}),
    ...(tokenUrl ? { tokenUrl } : {}),
  };
}
