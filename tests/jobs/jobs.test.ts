import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { api, operation } from '@portico/contract';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import { createRuntime, type Runtime } from '@portico/runtime';
import { type Logger, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { OpenStore } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import * as z from 'zod';

const Ticker = api('ticker', {
  version: '1.0.0',
  summary: 'Counts.',
  operations: {
    runs: operation({
      summary: 'Who ran, in order.',
      effect: 'safe',
      output: z.object({ runs: z.array(z.string()) }),
    }),
  },
});
const store = sqlStore<{ run: { who: string } }>({
  migrations: [
    {
      version: 1,
      name: 'runs',
      kind: 'expand',
      up: { sqlite: 'CREATE TABLE run (who TEXT NOT NULL) STRICT' },
    },
  ],
});

const PERIOD_MS = 10_000;
/** A lease that nobody renews is over after this, and noticed. */
const TAKEN_OVER_MS = 11_500;

interface Replica {
  readonly runtime: Runtime;
  /** When it began a run, on the common clock. */
  readonly begun: number[];
  runs(): Promise<readonly string[]>;
  /** Nothing happens in it any more until it is woken. */
  stall(): void;
  wake(): void;
}

interface World {
  readonly host: SimulatedHost;
  start(who: string, options?: ReplicaOptions): Promise<Replica>;
}

interface ReplicaOptions {
  /** What it is called among its kind. Default: as it is told apart here. */
  readonly replica?: string;
  /** How far its wall clock is wrong. */
  readonly offsetMs?: number;
  /** What a run does before its transaction. */
  readonly before?: () => Promise<void>;
  /** When it may begin what nobody calls for. */
  readonly backgroundAfter?: Promise<void>;
}

async function simulate(work: (world: World) => Promise<void>): Promise<void> {
  const host = createSimulatedHost({ seed: 1 });
  const directory = mkdtempSync(join(tmpdir(), 'portico-jobs-'));
  const runtimes: Runtime[] = [];
  const start = async (who: string, options: ReplicaOptions = {}) => {
    const replica = await startReplica({ host, directory, who, ...options });
    runtimes.push(replica.runtime);
    return replica;
  };
  try {
    await work({ host, start });
  } finally {
    const drained = Promise.all(runtimes.map((runtime) => runtime.drain({ graceMs: 100 })));
    await host.advance(60_000);
    await drained;
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startReplica(
  at: ReplicaOptions & { host: SimulatedHost; directory: string; who: string },
): Promise<Replica> {
  const { host: world, directory, who, replica = who, offsetMs = 0, before } = at;
  const { backgroundAfter = Promise.resolve() } = at;
  const waiting: (() => void)[] = [];
  let isStalled = false;
  const begun: number[] = [];
  const clock = { now: () => world.clock.now() + offsetMs, monotonic: world.clock.monotonic };
  const after: SimulatedHost['timers']['after'] = (delayMs, action, options) =>
    world.timers.after(
      delayMs,
      () => {
        if (isStalled) waiting.push(action);
        else action();
      },
      options,
    );
  const host = { ...world, clock, timers: { ...world.timers, after } };
  const quiet = () => {};
  const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
  const ticker = service(Ticker)({
    store,
    operations: {
      async runs(_, { store: db }) {
        const rows = await db.selectFrom('run').select('who').execute();
        return { runs: rows.map((row) => row.who) };
      },
    },
    every: {
      '10s': async ({ transaction }) => {
        begun.push(world.clock.monotonic());
        await before?.();
        await transaction(({ db }) => db.insertInto('run').values({ who }).execute());
      },
    },
  });
  const opened: OpenStore = await sqliteDriver.open(store as never, {
    ...{ service: 'ticker', dataDirectory: directory, host, log },
  });
  const services = [{ service: ticker, store: opened, config: undefined }];
  const runtime = createRuntime({ system: 'test', host, log, replica, services });
  await runtime.start({ backgroundAfter });
  return {
    runtime,
    begun,
    runs: async () => (await runtime.client(Ticker, 'test').runs(undefined)).runs,
    stall() {
      isStalled = true;
    },
    wake() {
      isStalled = false;
      for (const action of waiting.splice(0)) action();
    },
  };
}

test('runs a job once per tick over all replicas', () =>
  simulate(async ({ host, start }) => {
    const first = await start('first');
    await host.advance(1_000);
    const second = await start('second');
    await host.advance(50_000);
    assert.deepEqual(first.begun, [10_000, 20_000, 30_000, 40_000, 50_000]);
    assert.deepEqual(second.begun, []);
    assert.equal((await second.runs()).length, 5);
  }));

test('leaves jobs to others until it is told that it may begin', () =>
  simulate(async ({ host, start }) => {
    const told = Promise.withResolvers<void>();
    const replica = await start('first', { backgroundAfter: told.promise });
    assert.deepEqual(await replica.runs(), []);
    await host.advance(4 * PERIOD_MS);
    assert.deepEqual(replica.begun, []);
    told.resolve();
    await host.advance(2 * PERIOD_MS);
    assert.deepEqual(
      replica.begun.map((at) => Math.round(at / 1_000)),
      [40, 50, 60],
      'what was due meanwhile runs once, at once',
    );
    const late = Promise.withResolvers<void>();
    const drained = await start('second', { backgroundAfter: late.promise });
    const end = drained.runtime.drain({ graceMs: 100 });
    await host.advance(1_000);
    await end;
    late.resolve();
    await host.advance(2 * PERIOD_MS);
    assert.deepEqual(drained.begun, []);
  }));

test('counts the first period from when the service was there first, though its process begins nothing', () =>
  simulate(async ({ host, start }) => {
    const short = await start('short', { backgroundAfter: new Promise(() => {}) });
    const end = short.runtime.drain({ graceMs: 100 });
    await host.advance(PERIOD_MS / 2);
    await end;
    const long = await start('long');
    await host.advance(PERIOD_MS);
    assert.deepEqual([short.begun.length, long.begun], [0, [PERIOD_MS]]);
  }));

test('goes on at the next tick when the replica that ran it is drained', () =>
  simulate(async ({ host, start }) => {
    const first = await start('first');
    const second = await start('second');
    await host.advance(25_000);
    const drained = first.runtime.drain({ graceMs: 100 });
    await host.advance(30_000);
    await drained;
    assert.deepEqual(first.begun, [10_000, 20_000]);
    assert.deepEqual(second.begun.length, 3);
    const [next = 0] = second.begun;
    assert(next >= 30_000 && next <= 30_100, `the next tick was at ${next}`);
  }));

test('keeps the tick over a restart, and merges what was missed', () =>
  simulate(async ({ host, start }) => {
    const first = await start('first');
    await host.advance(7_000);
    const drained = first.runtime.drain({ graceMs: 100 });
    await host.advance(1_000);
    await drained;
    const second = await start('second');
    await host.advance(2_500);
    assert.deepEqual(second.begun, [10_000]);
    const again = second.runtime.drain({ graceMs: 100 });
    await host.advance(45_000);
    await again;
    const third = await start('third');
    const startedAt = host.clock.monotonic();
    await host.advance(PERIOD_MS - 1);
    assert.deepEqual(third.begun, [startedAt]);
  }));

test('keeps the tick when the replica that ran it dies and is started again', () =>
  simulate(async ({ host, start }) => {
    const first = await start('first', { replica: 'ticker-1' });
    await host.advance(12_000);
    first.stall();
    const next = await start('next', { replica: 'ticker-1' });
    await host.advance(2 * PERIOD_MS);
    assert.deepEqual(next.begun, [20_000, 30_000]);
    first.wake();
    await host.advance(PERIOD_MS);
    assert.deepEqual(first.begun, [10_000]);
  }));

test('runs jobs elsewhere when their replica stalls, whose late transaction has no effect', () =>
  simulate(async ({ host, start }) => {
    let isHeldUp = true;
    const before = async () => {
      // A handler that stands still in its middle, however long.
      while (isHeldUp) await host.timers.sleep(100);
    };
    const first = await start('first', { before });
    const second = await start('second');
    await host.advance(PERIOD_MS + 500);
    assert.equal(first.begun.length, 1);
    first.stall();
    await host.advance(TAKEN_OVER_MS);
    assert.equal(second.begun.length, 1);
    isHeldUp = false;
    await host.advance(200);
    assert.deepEqual(await second.runs(), ['second']);
    first.wake();
    await host.advance(3 * PERIOD_MS);
    const runs = await second.runs();
    assert.deepEqual(new Set(runs), new Set(['second']));
    assert.equal(second.begun.length, runs.length);
  }));

test('runs jobs on time whatever wall clocks say', () =>
  simulate(async ({ host, start }) => {
    const early = await start('early', { offsetMs: 600_000 });
    const late = await start('late', { offsetMs: -600_000 });
    await host.advance(35_000);
    assert.deepEqual(early.begun, [10_000, 20_000, 30_000]);
    early.stall();
    await host.advance(TAKEN_OVER_MS + PERIOD_MS);
    assert.equal(late.begun.length, 1, 'what was planned by a clock that is ahead');
    await host.advance(2 * PERIOD_MS);
    assert.equal(late.begun.length, 3);
    early.wake();
    await host.advance(PERIOD_MS);
    assert.equal(early.begun.length, 3);
  }));
