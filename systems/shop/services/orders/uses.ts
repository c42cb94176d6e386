import type { ServiceContext } from '@portico/service';
import { Cart } from '../../contracts/cart.ts';
import { Catalog } from '../../contracts/catalog.ts';
import { Identity } from '../../contracts/identity.ts';
import { Inventory } from '../../contracts/inventory.ts';
import type { Orders } from '../../contracts/orders.ts';
import { Payments } from '../../contracts/payments.ts';
import type { store } from './tables.ts';

/** The APIs that orders calls, and no others. */
export const uses = {
  cart: Cart,
  catalog: Catalog,
  identity: Identity,
  inventory: Inventory,
  payments: Payments,
};

/** What handlers and jobs of orders share. */
export type OrdersContext = ServiceContext<
  typeof Orders,
  typeof uses,
  typeof store,
  undefined,
  false
>;
