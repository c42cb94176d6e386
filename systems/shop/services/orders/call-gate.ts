import type { OrdersContext } from './uses.ts';

/** A context whose calls and transactions of several sagas do not meet. */
export type GatedContext = Omit<
  OrdersContext,
  'random' | 'ids' | 'config' | 'remainingMs' | 'sagas'
>;

/**
 * Several sagas share the context of one job, in which the platform allows one transaction at a time
 * and refuses a call that begins during one. So both wait for the transaction that is open, which
 * lasts a millisecond; calls under way hold up nobody.
 */
export function createCallGate(context: OrdersContext): GatedContext {
  let open = 0;
  let idle = Promise.withResolvers<void>();
  const transaction: OrdersContext['transaction'] = async (work) => {
    while (open > 0) await idle.promise;
    open += 1;
    try {
      return await context.transaction(work);
    } finally {
      open -= 1;
      if (open === 0) {
        idle.resolve();
        idle = Promise.withResolvers();
      }
    }
  };
  const gateCalls = <Client extends object>(client: Client): Client =>
    new Proxy(client, {
      get(target, name) {
        const call: unknown = Reflect.get(target, name);
        if (typeof call !== 'function') return call;
        return async (...args: unknown[]) => {
          while (open > 0) await idle.promise;
          return Reflect.apply(call, target, args);
        };
      },
    });
  const { cart, catalog, identity, inventory, payments } = context.uses;
  return {
    store: context.store,
    log: context.log,
    clock: context.clock,
    timers: context.timers,
    signal: context.signal,
    transaction,
    uses: {
      cart: gateCalls(cart),
      catalog: gateCalls(catalog),
      identity: gateCalls(identity),
      inventory: gateCalls(inventory),
      payments: gateCalls(payments),
    },
  };
}
