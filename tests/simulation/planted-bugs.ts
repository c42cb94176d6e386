import type {
  OpenStore,
  OutgoingEvent,
  StoreTransaction,
  TransactionOptions,
} from '@portico/store/spi';
import { override, type PlantedBug } from '@portico/testing';

/** A bug that must be found, and the workloads that find it. */
export interface DueBug extends PlantedBug {
  readonly foundBy: readonly string[];
}

/** The platform's own transactions wait this long at most. */
const TRANSACTION_MS = 5_000;

type Change = (tx: StoreTransaction) => StoreTransaction;

/** A store whose transactions are changed. */
function changing(store: OpenStore, change: Change): OpenStore {
  return override(store, {
    transaction: (work, options) => store.transaction((tx) => work(change(tx)), options),
  });
}

const noKey: DueBug = {
  name: 'no key',
  foundBy: ['bank', 'checkout'],
  store: (store) =>
    override(
      changing(store, (tx) =>
        override(tx, { recordOutcome: async () => {}, findOutcome: async () => undefined }),
      ),
      { findOutcome: async () => undefined },
    ),
};

const outcomeOutside: DueBug = {
  name: 'outcome outside of the transaction',
  foundBy: ['bank'],
  store: (store, host) =>
    override(store, {
      async transaction(work, options) {
        const records: Parameters<StoreTransaction['recordOutcome']>[0][] = [];
        const result = await store.transaction((tx) => {
          records.length = 0;
          const recordOutcome = async (record: (typeof records)[number]) => {
            records.push(record);
          };
          return work(override(tx, { recordOutcome }));
        }, options);
        for (const record of records) {
          const deadline = host.clock.monotonic() + TRANSACTION_MS;
          await store.transaction((tx) => tx.recordOutcome(record), { deadline });
        }
        return result;
      },
    }),
};

const hashIgnored = (): DueBug => {
  const inputs = new Map<string, unknown>();
  return {
    name: 'hash ignored',
    foundBy: ['bank'],
    call(call) {
      if (call.key === undefined) return call;
      const name = `${call.operation} ${call.key}`;
      if (!inputs.has(name)) inputs.set(name, call.input);
      return { ...call, input: inputs.get(name) };
    },
  };
};

const noTombstone: DueBug = {
  name: 'no tombstone',
  foundBy: ['bank'],
  store: (store) =>
    changing(store, (tx) =>
      override(tx, {
        recordOutcome: async (record) => {
          if (record.outcome.kind !== 'tombstone') await tx.recordOutcome(record);
        },
      }),
    ),
};

const earlyAnswer: DueBug = {
  name: 'answer before group COMMIT',
  foundBy: ['bank', 'sets'],
  store: (store) =>
    override(store, {
      async transaction<T>(
        work: (tx: StoreTransaction) => Promise<T>,
        options: TransactionOptions,
      ) {
        let answer: (value: Promise<T>) => void = () => {};
        const early = new Promise<T>((resolve) => {
          answer = resolve;
        });
        const committed = store.transaction((tx) => {
          const result = work(tx);
          result.then(
            () => answer(result),
            () => {},
          );
          return result;
        }, options);
        committed.catch(() => answer(committed));
        return await early;
      },
    }),
};

const savepointLeak: DueBug = {
  name: 'savepoint leak',
  foundBy: ['bank', 'checkout'],
  store: (store) => changing(store, (tx) => override(tx, { savepoint: (work) => work() })),
};

type Move = Parameters<StoreTransaction['deliveries']['cursors']['move']>;
type Cursors = StoreTransaction['deliveries']['cursors'];

function changingCursors(tx: StoreTransaction, change: (cursors: Cursors) => Partial<Cursors>) {
  const { deliveries } = tx;
  const cursors = override(deliveries.cursors, change(deliveries.cursors));
  return override(tx, { deliveries: override(deliveries, { cursors }) });
}

const cursorElsewhere: DueBug = {
  name: 'cursor in another transaction',
  foundBy: ['log'],
  store: (store, host) =>
    override(store, {
      async transaction(work, options) {
        const moves: Move[] = [];
        const result = await store.transaction((tx) => {
          moves.length = 0;
          const move = async (...of: Move) => void moves.push(of);
          return work(changingCursors(tx, () => ({ move })));
        }, options);
        for (const move of moves) {
          const deadline = host.clock.monotonic() + TRANSACTION_MS;
          await store.transaction((tx) => tx.deliveries.cursors.move(...move), { deadline });
        }
        return result;
      },
    }),
};

const publishAfter: DueBug = {
  name: 'publish after the COMMIT',
  foundBy: ['log'],
  store: (store, host) =>
    override(store, {
      async transaction(work, options) {
        const events: OutgoingEvent[] = [];
        const result = await store.transaction((tx) => {
          events.length = 0;
          return work(override(tx, { append: async (event) => void events.push(event) }));
        }, options);
        const deadline = host.clock.monotonic() + TRANSACTION_MS;
        const publish = async (tx: StoreTransaction) => {
          for (const event of events) await tx.append(event);
        };
        if (events.length > 0) await store.transaction(publish, { deadline });
        return result;
      },
    }),
};

const publishUndone: DueBug = {
  name: 'publish outside of the savepoint',
  foundBy: ['log'],
  store: (store) =>
    changing(store, (tx) => {
      const events: OutgoingEvent[] = [];
      return override(tx, {
        append: async (event) => void events.push(event),
        async savepoint(work) {
          try {
            return await tx.savepoint(work);
          } finally {
            for (const event of events.splice(0)) await tx.append(event);
          }
        },
      });
    }),
};

const parkedOvertaken: DueBug = {
  name: 'parked key overtaken',
  foundBy: ['log'],
  store(store) {
    const { deliveries } = store;
    const parked = override(deliveries.parked, { blocked: async () => new Map() });
    return override(store, { deliveries: override(deliveries, { parked }) });
  },
};

type Sagas = StoreTransaction['sagas'];

function changingSagas(store: OpenStore, change: (sagas: Sagas) => Partial<Sagas>): OpenStore {
  return changing(store, (tx) => override(tx, { sagas: override(tx.sagas, change(tx.sagas)) }));
}

const noCompensation: DueBug = {
  name: 'no compensation',
  foundBy: ['checkout'],
  store: (store, host) =>
    changingSagas(store, (sagas) => ({
      async save(saga, next) {
        const turnsBack = next.state === 'compensating';
        const given = { ...next, state: 'undone', endedAt: host.clock.now() } as const;
        await sagas.save(saga, turnsBack ? given : next);
      },
    })),
};

/** Steps of the checkout, and the one before each. */
const BEFORE: Readonly<Record<string, string>> = { reserve: '', authorize: 'reserve' };

const givingUpWithoutIt: DueBug = {
  name: 'giving up without the step that nobody knows the outcome of',
  foundBy: ['checkout'],
  store: (store) =>
    changingSagas(store, (sagas) => ({
      async save(saga, next) {
        const turnsBack = saga.state === 'running' && next.state === 'compensating';
        const before = turnsBack && next.step === saga.step ? BEFORE[next.step] : undefined;
        await sagas.save(saga, before === undefined ? next : { ...next, step: before });
      },
    })),
};

type Leases = StoreTransaction['deliveries']['leases'];

function changingLeases(store: OpenStore, change: (leases: Leases) => Partial<Leases>): OpenStore {
  const changed = (deliveries: OpenStore['deliveries']) =>
    override(deliveries, { leases: override(deliveries.leases, change(deliveries.leases)) });
  const inTransaction = changing(store, (tx) =>
    override(tx, { deliveries: changed(tx.deliveries) }),
  );
  return override(inTransaction, { deliveries: changed(store.deliveries) });
}

/** Whoever had the lease believes to have it: what a fence is there for. */
const noFence: DueBug = {
  name: 'lease without fence',
  foundBy: ['jobs'],
  store(store) {
    const { leases } = store.deliveries;
    let own: Awaited<ReturnType<Leases['take']>>;
    const unfenced = changing(store, (tx) => {
      const inner = tx.deliveries.leases;
      const take: Leases['take'] = async (claim) => {
        own = await inner.take(claim);
        return own;
      };
      const changed = override(inner, { take, find: async (name) => own ?? leases.find(name) });
      return override(tx, { deliveries: override(tx.deliveries, { leases: changed }) });
    });
    return unfenced;
  },
};

/** Each replica believes to have it; fences are equal, so that they keep nobody out. */
const noLease: DueBug = {
  name: 'no lease',
  foundBy: ['jobs'],
  store: (store) =>
    changingLeases(store, () => ({
      find: async () => undefined,
      take: async ({ holder, until }) => ({ holder, until, fence: 1 }),
      renew: async () => true,
    })),
};

/** Leases keep others away nearly always, and would hide it. */
const cursorUncompared: DueBug = {
  name: 'cursor without compare',
  foundBy: ['log'],
  store: (store, host) =>
    changing(noLease.store?.(store, host) ?? store, (tx) =>
      changingCursors(tx, (cursors) => ({
        move: (...of) => cursors.move(...of).catch(() => {}),
      })),
    ),
};

const atBootOnly: DueBug = {
  name: 'owner only at boot',
  foundBy: ['jobs', 'log'],
  store(store, host) {
    const until = host.clock.monotonic() + 2_000;
    return changingLeases(store, (leases) => ({
      take: async (claim) => (host.clock.monotonic() < until ? leases.take(claim) : undefined),
    }));
  },
};

/** What leases were before: over when the wall clock of whoever wants them says so. */
const wallClockLease: DueBug = {
  name: 'lease by the wall clock',
  foundBy: ['jobs'],
  store: (store, host) =>
    changing(store, (tx) => {
      const { leases } = tx.deliveries;
      const take: Leases['take'] = async (claim) => {
        const seen = await leases.find(claim.name);
        if (seen && seen.holder !== claim.holder && seen.until > host.clock.now()) return undefined;
        return await leases.take({ ...claim, seen });
      };
      const changed = override(leases, { take });
      return override(tx, { deliveries: override(tx.deliveries, { leases: changed }) });
    }),
};

const staleRead: DueBug = {
  name: 'reads from a snapshot that is not renewed',
  foundBy: ['sets'],
  database: (database) =>
    override(database, {
      exec(sql) {
        database.exec(sql);
        // The last setting of the connection that reads: its first read begins what never ends.
        if (sql.includes('query_only')) database.exec('BEGIN');
      },
    }),
};

const publishBefore: DueBug = {
  name: 'publish before the COMMIT',
  foundBy: ['log'],
  store: (store, host) =>
    override(store, {
      async transaction(work, options) {
        // What is published goes out at once, in a transaction of its own.
        const append = async (event: OutgoingEvent) => {
          early.push(event);
        };
        const early: OutgoingEvent[] = [];
        class Rehearsed extends Error {}
        const rehearsal = store.transaction(async (tx) => {
          await work(override(tx, { append }));
          throw new Rehearsed();
        }, options);
        await rehearsal.catch((thrown) => {
          if (!(thrown instanceof Rehearsed)) throw thrown;
        });
        const deadline = host.clock.monotonic() + TRANSACTION_MS;
        const publish = async (tx: StoreTransaction) => {
          for (const event of early) await tx.append(event);
        };
        if (early.length > 0) await store.transaction(publish, { deadline });
        return await store.transaction(
          (tx) => work(override(tx, { append: async () => {} })),
          options,
        );
      },
    }),
};

/**
 * Every bug that the simulation has to find now. Made anew for each seed: some remember.
 *
 * Bugs of wire, policies, drain, PostgreSQL, JetStream, moves and restore are due with what they need.
 */
export const plantedBugs: readonly (() => DueBug)[] = [
  () => noKey,
  () => outcomeOutside,
  hashIgnored,
  () => noTombstone,
  () => earlyAnswer,
  () => savepointLeak,
  () => staleRead,
  () => cursorElsewhere,
  () => cursorUncompared,
  () => publishAfter,
  () => publishBefore,
  () => publishUndone,
  () => parkedOvertaken,
  () => noCompensation,
  () => givingUpWithoutIt,
  () => noFence,
  () => noLease,
  () => atBootOnly,
  () => wallClockLease,
];
