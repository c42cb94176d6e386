import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, error, event, operation } from '@portico/contract';
import { createSimulatedHost, type Host, type SimulatedHost } from '@portico/host';
import { createRuntime, type Runtime, type SagaDetail } from '@portico/runtime';
import { type Client, type Logger, type Saga, type Service, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { OpenStore, StoreTransaction } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import { AT_EASE } from '@portico/testing';
import type { Generated, Kysely } from 'kysely';
import * as z from 'zod';

/** An error that ends a saga before its pivot. */
export const Refused = error({ status: 409, summary: 'No.' });
const Act = z.object({ name: z.string() });

/** Takes part in sagas: does things and undoes them, by key. */
export const Part = api('part', {
  version: '1.0.0',
  summary: 'Takes part.',
  operations: {
    act: operation({
      summary: 'Does something.',
      effect: 'keyed',
      input: Act,
      output: z.object({ receipt: z.string() }),
      errors: { Refused },
    }),
    unact: operation({ summary: 'Undoes it.', effect: 'keyed', undoes: 'act', input: Act }),
  },
});

/** Runs sagas. */
export const Owner = api('owner', {
  version: '1.0.0',
  summary: 'Runs sagas.',
  operations: {
    begin: operation({
      summary: 'Starts the one saga it has.',
      effect: 'unsafe',
      input: z.object({ id: z.string(), queue: z.string().optional() }),
      output: z.object({ began: z.boolean() }),
    }),
    look: operation({
      summary: 'Looks at the sagas of a queue.',
      effect: 'safe',
      input: z.object({ queue: z.string() }),
      output: z.object({ sagas: z.array(z.string()) }),
    }),
    await: operation({
      summary: 'Waits until a saga is at a step.',
      effect: 'safe',
      waits: true,
      timeoutMs: 20_000,
      input: z.object({ id: z.string(), step: z.string() }),
      output: z.object({ looks: z.int() }),
    }),
    wake: operation({
      summary: 'Wakes a saga.',
      effect: 'unsafe',
      input: z.object({ id: z.string() }),
      output: z.object({ found: z.boolean() }),
    }),
    abort: operation({
      summary: 'Gives a saga up.',
      effect: 'unsafe',
      input: z.object({ id: z.string() }),
      output: z.object({ found: z.boolean() }),
    }),
  },
  events: { Noted: event({ summary: 'N.', key: 'what', payload: z.object({ what: z.string() }) }) },
});

interface Tables {
  effect: { seq: Generated<number>; what: string };
}
const EFFECTS = `CREATE TABLE effect (seq INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT`;
const migrations = [
  { version: 1, name: 'effects', kind: 'expand', up: { sqlite: EFFECTS } },
] as const;
/** One row per effect, in their order; the same twice is two rows. */
export const store = sqlStore<Tables>({ migrations });
export type Db = Kysely<Tables>;

/** Writes an effect. */
export function note(db: Db, what: string): Promise<unknown> {
  return db.insertInto('effect').values({ what }).execute();
}

/** What a participant does around its effect; throws to fail. */
export interface Behaviour {
  before?(what: string): unknown;
  after?(what: string): unknown;
}

function createPart(behave: Behaviour): Service {
  return service(Part)({
    store,
    operations: {
      async act({ name }, { transaction }) {
        await behave.before?.(`do ${name}`);
        const receipt = await transaction(async ({ db }) => {
          await note(db, `do ${name}`);
          return { receipt: `r-${name}` };
        });
        await behave.after?.(`do ${name}`);
        return receipt;
      },
      async unact({ name }, { transaction }) {
        await behave.before?.(`undo ${name}`);
        await transaction(({ db }) => note(db, `undo ${name}`).then(() => undefined));
        await behave.after?.(`undo ${name}`);
      },
    },
  });
}

/** The data of the sagas in these tests. */
export const Data = z.object({ id: z.string(), receipts: z.array(z.string()) });
export type DataOf = z.infer<typeof Data>;
/** What `saga` is given in these tests. */
export const common = { api: Owner, uses: { part: Part }, data: Data, store };

function createOwner(sagas: Readonly<Record<string, Saga<DataOf>>>): Service {
  return service(Owner)({
    uses: { part: Part },
    store,
    sagas,
    operations: {
      begin: ({ id, queue }, { transaction }) =>
        transaction(async ({ start }) => {
          const [first] = Object.values(sagas);
          if (!first) throw new Error('There is no saga to start.');
          const named = queue === undefined ? {} : { queue };
          return { began: await start(first, { id, data: { id, receipts: [] }, ...named }) };
        }),
      async look({ queue }, { sagas: reader }) {
        const found = await reader.list({ queue, limit: 2 });
        const first = await reader.find(found[0]?.id ?? '');
        if (first?.state !== found[0]?.state) throw new Error('They differ.');
        return { sagas: found.map(({ id, state, step }) => `${id} ${state} ${step}`) };
      },
      async await({ id, step }, { sagas: reader }) {
        for (let looks = 1; ; looks += 1) {
          const moved = reader.moved(id, 10_000);
          if ((await reader.find(id))?.step === step) return { looks };
          await moved;
        }
      },
      wake: ({ id }, { transaction }) =>
        transaction(async ({ wake }) => ({ found: await wake(id) })),
      abort: ({ id }, { transaction }) =>
        transaction(async ({ abort }) => ({ found: await abort(id, 'NotWanted') })),
    },
  });
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A process with an owner of sagas and a participant, on files in a folder that others may use too. */
export interface Node {
  readonly runtime: Runtime;
  readonly lines: LogLine[];
  readonly owner: Client<typeof Owner>;
  readonly part: Client<typeof Part>;
  begin(id: string, queue?: string): Promise<boolean>;
  saga(id: string): Promise<SagaDetail>;
  /** Effects of the participant, or of the owner itself, in order. */
  effects(of?: 'part' | 'owner'): Promise<readonly string[]>;
}

export interface NodeOptions {
  readonly sagas: Readonly<Record<string, Saga<DataOf>>>;
  readonly behave?: Behaviour;
  /** What it is called among those on this folder. Default: a name of its own. */
  readonly replica?: string;
  /** Wraps the stores: to break them. */
  readonly wrap?: (store: OpenStore, service: string) => OpenStore;
}

/** A folder with stores, and machines that use it. */
export interface World<H extends Host> {
  readonly host: H;
  readonly directory: string;
  start(options: NodeOptions): Promise<Node>;
}

/** Runs `work` on simulated time. */
export function simulate(
  work: (world: World<SimulatedHost>) => Promise<void>,
  seed = 1,
): Promise<void> {
  return inWorld(createSimulatedHost({ seed }), work);
}

/** Runs `work` with an empty folder; drains and removes everything. */
export async function inWorld<H extends Host>(
  host: H,
  work: (world: World<H>) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'portico-sagas-'));
  const started: { runtime: Runtime; stores: OpenStore[] }[] = [];
  const start = async (options: NodeOptions) => {
    const { node, stores } = await startNode(host, directory, options);
    started.push({ runtime: node.runtime, stores });
    return node;
  };
  try {
    await work({ host, directory, start });
  } finally {
    for (const { runtime, stores } of started) {
      await settled(host, runtime.drain({ graceMs: 10 }));
      for (const one of stores) await settled(host, one.close());
    }
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits for `work`, moving time on where time is simulated. */
export async function settled<T>(host: Host, work: Promise<T>): Promise<T> {
  if (!('advance' in host)) return await work;
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  const { advance } = host as SimulatedHost;
  for (let ms = 0; !isOver && ms < 120_000; ms += 5) await advance(5);
  return await work;
}

async function startNode(host: Host, dataDirectory: string, options: NodeOptions) {
  const { sagas, behave = {}, wrap = (one) => one, replica = host.ids.uuid() } = options;
  const lines: LogLine[] = [];
  const log = createLog(lines, {});
  const open = async (name: string) => {
    const location = { service: name, dataDirectory, host, log };
    return await settled(host, sqliteDriver.open(store as never, location));
  };
  const stores = { owner: await open('owner'), part: await open('part') };
  const place = (one: Service, kept: OpenStore) => ({
    service: one,
    store: wrap(kept, one.name),
    config: undefined,
  });
  const runtime = createRuntime({
    system: 'test',
    host,
    log,
    replica,
    policies: AT_EASE,
    services: [place(createPart(behave), stores.part), place(createOwner(sagas), stores.owner)],
  });
  try {
    await settled(host, runtime.start());
  } catch (thrown) {
    for (const one of Object.values(stores)) await settled(host, one.close());
    throw thrown;
  }
  const owner = runtime.client(Owner, 'test');
  const node: Node = {
    runtime,
    lines,
    owner,
    part: runtime.client(Part, 'owner'),
    async begin(id, queue) {
      const input = queue === undefined ? { id } : { id, queue };
      return (await settled(host, owner.begin(input))).began;
    },
    saga: (id) => runtime.sagas.get('owner', id),
    async effects(of = 'part') {
      const db = stores[of].read as Db;
      const rows = await db.selectFrom('effect').select('what').orderBy('seq').execute();
      return rows.map(({ what }) => what);
    },
  };
  return { node, stores: Object.values(stores) };
}

function createLog(lines: LogLine[], bound: object): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLog(lines, { ...bound, ...fields }),
  };
}

/** What dies with a process: from then on nothing that its stores promised ever comes. */
export interface Mortal {
  /** Called before and after each commit; returns whether the process dies of it. */
  dies(at: 'before' | 'after', service: string): boolean;
}

/** Stores of a process that may die: its promises then never settle, and its commits stay or never were. */
export function createMortalStores({ dies }: Mortal) {
  let dead = false;
  const never = () => new Promise<never>(() => {});
  const wrap = (kept: OpenStore, name: string): OpenStore =>
    new Proxy(kept, {
      get(target, member) {
        const value = Reflect.get(target, member);
        if (member === 'transaction') {
          return async (work: (tx: StoreTransaction) => Promise<unknown>, options: never) => {
            if (dead) return await never();
            const result = await target
              .transaction(async (tx) => {
                const returned = await work(tx);
                if (dies('before', name)) dead = true;
                // Rolled back: the process is gone before its COMMIT.
                if (dead) throw new Error('The process has died.');
                return returned;
              }, options)
              .catch((thrown: unknown) => (dead ? never() : Promise.reject(thrown)));
            if (dies('after', name)) dead = true;
            return dead ? await never() : result;
          };
        }
        if (member === 'sagas' && dead) return { due: never, find: never };
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (dead && member !== 'close') return never();
          return Reflect.apply(value, target, args);
        };
      },
    });
  return { wrap, isDead: () => dead };
}
