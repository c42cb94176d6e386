import type { OperationContext, ServiceContext } from '@portico/service';
import type { Cart } from '../../contracts/cart.ts';
import { Catalog } from '../../contracts/catalog.ts';
import { Identity } from '../../contracts/identity.ts';
import { ownerId } from '../../subject.ts';
import type { store } from './tables.ts';

/** The APIs that cart calls: what is sold, and whose a guest's token is. */
export const uses = { catalog: Catalog, identity: Identity } as const;

/** What cart's modules need of any context, a job's too. */
export type CartContext<HasKey extends boolean = boolean> = ServiceContext<
  typeof Cart,
  typeof uses,
  typeof store,
  undefined,
  HasKey
>;

/** What they need of a handler's context. */
export type CartCall<HasKey extends boolean = boolean> = OperationContext<
  typeof Cart,
  typeof uses,
  typeof store,
  undefined,
  HasKey
>;

/** The id that the caller's cart belongs to. */
export function subjectOf(context: Pick<CartCall, 'subject'>): string {
  return ownerId(context.subject());
}
