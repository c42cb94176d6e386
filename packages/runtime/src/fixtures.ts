import { Failure } from '@portico/contract';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import { type Call, type Caller, Cancellation, type Logger, type Service } from '@portico/service';
import {
  type JobLedger,
  type Leases,
  type OpenStore,
  OutcomeConflict,
  type OutcomeKey,
  type OutcomeRecord,
  type OutgoingEvent,
  type StoreTransaction,
} from '@portico/store/spi';
import { createMemoryJobs, createMemoryLeases } from './fixtures-leases.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';

/** What tests of this package share: a store in memory, a log that is read, a runtime on simulated time. */
export interface MemoryStore extends OpenStore {
  readonly rows: Map<string, unknown>;
  readonly outcomes: Map<string, OutcomeRecord>;
  readonly events: OutgoingEvent[];
  /** Set to make `check` fail. */
  problem: Error | undefined;
  sweeps: number;
  closed: boolean;
  /** How often a transaction's work is run before it commits. */
  attempts: number;
}

/** The handle of a {@link MemoryStore}'s own data. */
export interface MemoryTables {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

interface Snapshot {
  readonly rows: Map<string, unknown>;
  readonly outcomes: Map<string, OutcomeRecord>;
  readonly events: OutgoingEvent[];
}

/** A store that keeps the promises of {@link OpenStore} in memory: one transaction after the other. */
export function createMemoryStore(): MemoryStore {
  let state: Snapshot = { rows: new Map(), outcomes: new Map(), events: [] };
  let last: Promise<unknown> = Promise.resolve();
  const around = { leases: createMemoryLeases(), jobs: createMemoryJobs() };
  const { leases, jobs } = around;
  const transact = async <T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const draft = { value: copy(state) };
      const result = await work(toTransaction(draft, around));
      if (attempt < store.attempts) continue;
      // What others committed meanwhile under the same key wins, as a unique index would have it.
      for (const [name, record] of draft.value.outcomes) {
        if (state.outcomes.has(name) && state.outcomes.get(name) !== record) {
          throw new OutcomeConflict(record);
        }
      }
      state = draft.value;
      return result;
    }
  };
  const store: MemoryStore = {
    get rows() {
      return state.rows;
    },
    get outcomes() {
      return state.outcomes;
    },
    get events() {
      return state.events;
    },
    problem: undefined,
    sweeps: 0,
    closed: false,
    attempts: 1,
    read: { get: (name: string) => state.rows.get(name) },
    transaction(work) {
      const run = last.then(() => transact(work));
      last = run.catch(() => {});
      return run;
    },
    findOutcome: async (key) => state.outcomes.get(nameOf(key)),
    async sweep() {
      store.sweeps++;
      return { outcomes: 0, events: 0, sagas: 0, dropped: [] };
    },
    // Events are delivered between stores on SQLite: `delivery/fixtures.ts`.
    get log(): never {
      throw new Error('A store in memory delivers no events.');
    },
    deliveries: { leases } as unknown as OpenStore['deliveries'],
    jobs,
    // Sagas are kept on SQLite: `saga/fixtures.ts`.
    sagas: { live: async () => [] } as unknown as OpenStore['sagas'],
    watch: () => () => {},
    forgetCaller: async () => 0,
    async check() {
      if (store.problem) throw store.problem;
    },
    async close() {
      store.closed = true;
    },
  };
  return store;
}

function toTransaction(
  draft: { value: Snapshot },
  { leases, jobs }: { readonly leases: Leases; readonly jobs: JobLedger },
): StoreTransaction {
  const db: MemoryTables = {
    get: (name) => draft.value.rows.get(name),
    set: (name, value) => void draft.value.rows.set(name, value),
  };
  return {
    db,
    deliveries: { leases } as unknown as StoreTransaction['deliveries'],
    jobs,
    get sagas(): never {
      throw new Error('A store in memory keeps no sagas.');
    },
    append: async (event) => void draft.value.events.push(event),
    async recordOutcome(record) {
      const name = nameOf(record);
      if (draft.value.outcomes.has(name)) throw new OutcomeConflict(record);
      draft.value.outcomes.set(name, JSON.parse(JSON.stringify(record)) as OutcomeRecord);
    },
    findOutcome: async (key) => draft.value.outcomes.get(nameOf(key)),
    async savepoint(work) {
      const before = copy(draft.value);
      try {
        return await work();
      } catch (thrown) {
        draft.value = before;
        throw thrown;
      }
    },
  };
}

function copy({ rows, outcomes, events }: Snapshot): Snapshot {
  return { rows: new Map(rows), outcomes: new Map(outcomes), events: [...events] };
}

function nameOf({ scope, operation, key }: OutcomeKey): string {
  return JSON.stringify([scope, operation, key]);
}

/** One line of a log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function createTestLog(): { readonly log: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const make = (bound: object): Logger => {
    const at = (level: string) => (fields: object, message: string) => {
      lines.push({ level, message, fields: { ...bound, ...fields } });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return { log: make({}), lines };
}

/** A runtime on simulated time, started, with what a test wants to look at. */
export interface Bench {
  readonly runtime: Runtime;
  readonly host: SimulatedHost;
  readonly lines: LogLine[];
  readonly stores: Readonly<Record<string, MemoryStore>>;
}

/** Starts services on simulated time; those that declare a store get one in memory. */
export async function startBench(
  services: readonly Service[],
  options: Partial<RuntimeOptions> = {},
): Promise<Bench> {
  const host = createSimulatedHost({ seed: 1 });
  const { log, lines } = createTestLog();
  const stores: Record<string, MemoryStore> = {};
  for (const { name, spec } of services) if (spec.store) stores[name] = createMemoryStore();
  const runtime = createRuntime({
    system: 'bench',
    host,
    log,
    services: services.map((service) => ({
      service,
      store: stores[service.name],
      config: undefined,
    })),
    ...options,
  });
  await runtime.start();
  return { runtime, host, lines, stores };
}

/** A caller with these permissions. */
export function callerWith(subject: string | undefined, ...permissions: string[]): Caller {
  return {
    permissions: new Set(permissions),
    via: 'test',
    ...(subject === undefined ? {} : { subject }),
  };
}

/** A call from the edge, as a gateway makes it. */
export function edgeCall(host: SimulatedHost, changes: Partial<Call> = {}): Call {
  return {
    caller: callerWith(undefined),
    from: undefined,
    deadline: host.clock.monotonic() + 15_000,
    cancellation: new Cancellation(),
    key: undefined,
    criticality: 'default',
    trace: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
    },
    attempt: 1,
    ...changes,
  };
}

/** The failure that `call` ends with; throws when it ends with a value. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('The call ended with a value.');
}

/** A promise to be settled by hand. */
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
