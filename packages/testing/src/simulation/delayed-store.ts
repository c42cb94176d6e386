import type { OpenStore, StoreTransaction } from '@portico/store/spi';

/** Waits for a moment that is drawn, mostly for none. */
export type Pause = () => Promise<void> | undefined;

/** Where a store lets time pass. */
export interface StoreDelays {
  /** Around transactions and reads. */
  readonly around: Pause;
  /** After single statements of services, within their transactions. `undefined`: never. */
  readonly statement: Pause | undefined;
}

/**
 * A store that takes its time: between call and transaction, between statements, before COMMIT, and
 * between COMMIT and answer. What else runs meanwhile, crashes included, is up to the simulation.
 */
export function withDelays(store: OpenStore, delays: StoreDelays): OpenStore {
  const { around, statement } = delays;
  const plugin = statement && createDelayPlugin(statement);
  const transaction: OpenStore['transaction'] = async (work, options) => {
    await around();
    const delayed = async (tx: StoreTransaction) => {
      await around();
      const result = await work(plugin ? withPlugin(tx, plugin) : tx);
      await around();
      return result;
    };
    const result = await store.transaction(delayed, options);
    await around();
    return result;
  };
  const findOutcome: OpenStore['findOutcome'] = async (key) => {
    await around();
    const found = await store.findOutcome(key);
    await around();
    return found;
  };
  const log: OpenStore['log'] = {
    async read(query) {
      await around();
      const page = await store.log.read(query);
      await around();
      return page;
    },
  };
  return override(store, { transaction, findOutcome, log });
}

/** `target` with some members replaced; the others go on working on `target` itself. */
export function override<T extends object>(target: T, members: Partial<T>): T {
  const bound = new Map<string | symbol, unknown>(Object.entries(members));
  return new Proxy(target, {
    get(_, name) {
      if (bound.has(name)) return bound.get(name);
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target);
      bound.set(name, method);
      return method;
    },
  });
}

/** The part of Kysely's plugins that a delay needs. */
interface DelayPlugin {
  transformQuery(args: { readonly node: unknown }): unknown;
  transformResult(args: { readonly result: unknown }): Promise<unknown>;
}

function createDelayPlugin(pause: Pause): DelayPlugin {
  return {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await pause();
      return result;
    },
  };
}

function withPlugin(tx: StoreTransaction, plugin: DelayPlugin): StoreTransaction {
  let db: unknown;
  return new Proxy(tx, {
    get(target, name) {
      if (name !== 'db') return Reflect.get(target, name);
      db ??= (target.db as { withPlugin(plugin: DelayPlugin): unknown }).withPlugin(plugin);
      return db;
    },
  });
}
