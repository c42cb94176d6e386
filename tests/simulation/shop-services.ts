import { type Service, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Outside } from '@portico/testing';
import * as z from 'zod';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { cart } from '../../systems/shop/services/cart/service.ts';
import { catalog } from '../../systems/shop/services/catalog/service.ts';
import { inventory } from '../../systems/shop/services/inventory/service.ts';
import { orders } from '../../systems/shop/services/orders/service.ts';
import { payments } from '../../systems/shop/services/payments/service.ts';
import { connectLedger, type ProviderLedger } from './shop-provider.ts';

const store = sqlStore<Record<never, never>>({ migrations: [] });

/** In place of identity, whose passwords and keys are work for other threads: nobody signs in here. */
const nobody = service(Identity)({
  store,
  operations: Object.fromEntries(
    Object.keys(Identity.operations).map((name) => [name, refuse]),
  ) as never,
});

function refuse(): never {
  throw new Error('Nobody signs in here.');
}

/** The shop as it is, but for identity and whoever takes the money. */
export function createShopServices(ledger: ProviderLedger, outside: Outside): readonly Service[] {
  const config = z.unknown().transform(() => connectLedger(ledger, outside));
  const paid: Service = { ...payments, spec: { ...payments.spec, config: config as never } };
  return [nobody, catalog, inventory, cart, paid, orders];
}
