import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, event, operation } from '@portico/contract';
import { createSimulatedHost, type Host, type SimulatedHost } from '@portico/host';
import { createRuntime, type FindEventSource, type Runtime } from '@portico/runtime';
import { type EventPolicy, type HeardEvent, type Logger, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { OpenStore, StoreTransaction } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import { AT_EASE } from '@portico/testing';
import type { Generated, Kysely } from 'kysely';
import * as z from 'zod';

/** Publishes what it is told to. */
export const Source = api('source', {
  version: '1.0.0',
  summary: 'Publishes.',
  operations: {
    publish: operation({
      summary: 'Publishes some events in one transaction.',
      effect: 'unsafe',
      input: z.object({
        events: z.array(z.object({ key: z.string(), n: z.int(), quiet: z.boolean().optional() })),
      }),
    }),
  },
  events: {
    Happened: event({
      summary: 'Something did.',
      key: 'key',
      payload: z.object({ key: z.string(), n: z.int() }),
    }),
    Whispered: event({
      summary: 'Something that nobody hears.',
      key: 'key',
      payload: z.object({ key: z.string(), n: z.int() }),
    }),
  },
});

/** Hears them. */
export const Sink = api('sink', {
  version: '1.0.0',
  summary: 'Hears.',
  operations: { look: operation({ summary: 'Looks.', effect: 'safe' }) },
});

interface SinkTables {
  effect: { seq: Generated<number>; n: number; key: string; id: string };
}

const EFFECTS = `CREATE TABLE effect (seq INTEGER PRIMARY KEY, n INTEGER NOT NULL,
  key TEXT NOT NULL, id TEXT NOT NULL) STRICT`;
/** One row per effect, in the order of effects; the same event twice is two rows. */
export const sinkStore = sqlStore<SinkTables>({
  migrations: [{ version: 1, name: 'effects', kind: 'expand', up: { sqlite: EFFECTS } }],
});
export const sourceStore = sqlStore<Record<never, never>>({ migrations: [] });

export type Payload = { readonly key: string; readonly n: number };
/** What the handler does before its transaction. */
export type Behave = (event: HeardEvent<Payload>) => unknown;
export interface SinkOptions extends EventPolicy {
  /** The handler takes many events at once; told how many came. */
  readonly onBatch?: (size: number) => void;
}

export const source = service(Source)({
  store: sourceStore,
  operations: {
    async publish({ events }, { transaction }) {
      await transaction(async ({ publish }) => {
        for (const { key, n, quiet } of events) {
          await publish(quiet === true ? 'Whispered' : 'Happened', { key, n });
        }
      });
    },
  },
});

/** A sink whose handler first does `behave`, then writes its effect. */
export function createSink(behave: Behave = () => {}, options: SinkOptions = {}) {
  const { onBatch, ...policy } = options;
  const toEffect = ({ id, payload: { key, n } }: HeardEvent<Payload>) => ({ key, n, id });
  return service(Sink)({
    hears: { source: Source },
    store: sinkStore,
    operations: { look: () => undefined },
    on: {
      source: {
        Happened: onBatch
          ? {
              ...policy,
              async batch(events, { transaction }) {
                onBatch(events.length);
                for (const event of events) await behave(event);
                await transaction(({ db }) =>
                  db.insertInto('effect').values(events.map(toEffect)).execute(),
                );
              },
            }
          : {
              ...policy,
              async handle(event, { transaction }) {
                await behave(event);
                await transaction(({ db }) =>
                  db.insertInto('effect').values(toEffect(event)).execute(),
                );
              },
            },
      },
    },
  });
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A process with a source and a sink, on files in `directory`. */
export interface Node {
  readonly runtime: Runtime;
  readonly stores: { readonly source: OpenStore; readonly sink: OpenStore };
  readonly lines: LogLine[];
  publish(...events: readonly { key: string; n: number; quiet?: boolean }[]): Promise<void>;
  /** Effects in the order in which they came about. */
  effects(): Promise<readonly { key: string; n: number }[]>;
}

/** A folder with stores, and machines that use it. */
export interface World<H extends Host> {
  readonly host: H;
  readonly directory: string;
  start(options?: NodeOptions): Promise<Node>;
}

export interface NodeOptions {
  readonly behave?: Behave;
  readonly sink?: SinkOptions;
  /** Whether the sink runs here; its store is open all the same. */
  readonly isHeard?: boolean;
  /** Where the source's log is, when the source runs in another process. Default: it runs here. */
  readonly eventSource?: FindEventSource;
  /** What it is called among those on this folder. Default: a name of its own. */
  readonly replica?: string;
  /** Wraps the sink's store: to break it. */
  readonly wrap?: (store: OpenStore) => OpenStore;
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
  const directory = mkdtempSync(join(tmpdir(), 'portico-events-'));
  const nodes: Node[] = [];
  const start = async (options: NodeOptions = {}) => {
    const node = await startNode(host, directory, options);
    nodes.push(node);
    return node;
  };
  try {
    await work({ host, directory, start });
  } finally {
    for (const { runtime, stores } of nodes) {
      await settled(host, runtime.drain({ graceMs: 10 }));
      for (const store of Object.values(stores)) await settled(host, store.close());
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

async function startNode(host: Host, dataDirectory: string, options: NodeOptions): Promise<Node> {
  const lines: LogLine[] = [];
  const log = createLog(lines, {});
  const open = (service: string, definition: unknown) =>
    settled(host, sqliteDriver.open(definition as never, { service, dataDirectory, host, log }));
  const stores = {
    source: await open('source', sourceStore),
    sink: (options.wrap ?? ((store) => store))(await open('sink', sinkStore)),
  };
  const sink = createSink(options.behave, options.sink);
  const runtime = createRuntime({
    system: 'test',
    host,
    log,
    replica: options.replica ?? host.ids.uuid(),
    release: 'r1',
    policies: AT_EASE,
    ...(options.eventSource ? { eventSource: options.eventSource } : {}),
    services: [
      ...(options.eventSource
        ? []
        : [{ service: source, store: stores.source, config: undefined }]),
      ...(options.isHeard === false
        ? []
        : [{ service: sink, store: stores.sink, config: undefined }]),
    ],
  });
  await settled(host, runtime.start());
  const client = runtime.client(Source, {
    caller: { permissions: new Set(), via: 'test' },
    from: 'test',
  });
  return {
    runtime,
    stores,
    lines,
    async publish(...events) {
      await settled(host, client.publish({ events: [...events] }));
    },
    async effects() {
      const db = stores.sink.read as Kysely<SinkTables>;
      return await db.selectFrom('effect').select(['key', 'n']).orderBy('seq').execute();
    },
  };
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

/** A store whose transactions go through `around`: to fail before or after the COMMIT. */
export function withTransactions(
  store: OpenStore,
  around: <T>(run: () => Promise<T>, kind: TransactionKind) => Promise<T>,
): OpenStore {
  const kinds = { isHandler: false };
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'transaction') {
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return (work: (tx: StoreTransaction) => Promise<unknown>, options: never) => {
        kinds.isHandler = false;
        return around(
          () =>
            target.transaction(async (tx) => {
              const watched = new Proxy(tx, {
                get(inner, member) {
                  if (member === 'db') kinds.isHandler = true;
                  return Reflect.get(inner, member);
                },
              });
              return await work(watched);
            }, options),
          kinds,
        );
      };
    },
  });
}

/** Whether the transaction was a handler's own; known once it has run. */
export interface TransactionKind {
  readonly isHandler: boolean;
}
