import type { Service } from '@portico/service';
import { type System, system } from '@portico/system';
import type * as z from 'zod';
import { Identity } from './contracts/identity.ts';
import { withFaults } from './faults/inject.ts';
import { createFaults } from './faults/service.ts';
import type { Switches } from './faults/switches.ts';
import type { SmtpConfig } from './mail/smtp-config.ts';
import { cart } from './services/cart/service.ts';
import { createCatalog } from './services/catalog/service.ts';
import { customers } from './services/customers/service.ts';
import type { config as IdentityConfig } from './services/identity/config.ts';
import { createIdentity } from './services/identity/service.ts';
import { inventory } from './services/inventory/service.ts';
import { notifications } from './services/notifications/service.ts';
import { orders } from './services/orders/service.ts';
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
  /** Who takes the shop's mail; without it, `shop mailbox` shows it. */
  readonly smtp?: z.input<typeof SmtpConfig> | undefined;
  /** Configuration of identity, but for the issuer and the audience, which the gateway must know too. */
  readonly identity?: Omit<
    NonNullable<z.input<typeof IdentityConfig>>,
    'issuer' | 'audience' | 'smtp'
  >;
  /** Something may be made to go wrong; only where the topology allows it. */
  readonly faults?: Switches | undefined;
}

/** A shop: eight services, and whom its gateway lets in to do what. */
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
    services: createServices(options.faults),
    gateway: {
      issuers: [
        { issuer, audience, keys: { kind: 'operation', operation: Identity.operations.getKeys } },
      ],
      roles: {
        guest,
        customer,
        staff: [
          ...['catalog:write', 'stock:write', 'orders:manage', 'payments:read', 'customers:read'],
          'notifications:manage',
        ],
        admin: ['*'],
      },
    },
    config: {
      identity: { ...options.identity, smtp: options.smtp, issuer, audience },
      notifications: { smtp: options.smtp },
      payments: toPayments(options),
    },
  });
}

function createServices(faults: Switches | undefined): Service[] {
  const services = [
    createIdentity(),
    customers,
    createCatalog(),
    inventory,
    cart,
    orders,
    payments,
    notifications,
  ];
  if (!faults) return services;
  return [...services.map((each) => withFaults(each, faults)), createFaults(faults)];
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

/** The shop with the payment provider and the mail server that the environment names. */
export default createShop({
  psp: pspOf(process.env),
  stripe: stripeOf(process.env),
  smtp: smtpOf(process.env),
  identity: identityOf(process.env),
});

/** `SHOP_SCRYPT_COST_LOG2`: how dear password hashes are, for tests and demos that hash many. */
export function identityOf(environment: NodeJS.ProcessEnv): NonNullable<ShopOptions['identity']> {
  const cost = environment.SHOP_SCRYPT_COST_LOG2;
  return cost === undefined ? {} : { scrypt: { costLog2: Number(cost) } };
}

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

/**
 * `SHOP_SMTP_HOST`, `…_PORT`, `…_TLS`, `…_USER`, `…_PASSWORD` and `…_FROM`; without the first, mail stays in
 * the mailbox.
 */
export function smtpOf(environment: NodeJS.ProcessEnv): ShopOptions['smtp'] {
  const host = environment.SHOP_SMTP_HOST;
  if (!host) return undefined;
  return {
    host,
    port: environment.SHOP_SMTP_PORT === undefined ? undefined : Number(environment.SHOP_SMTP_PORT),
    tls: environment.SHOP_SMTP_TLS as 'required' | undefined,
    user: environment.SHOP_SMTP_USER,
    password: environment.SHOP_SMTP_PASSWORD,
    from: environment.SHOP_SMTP_FROM,
  };
}
