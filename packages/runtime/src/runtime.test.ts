import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, error, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { type Service, type StoreDefinition, service } from '@portico/service';
import * as z from 'zod';
import { ANONYMOUS } from './client.ts';
import { parseConfigs } from './configs.ts';
import {
  callerWith,
  createGate,
  createTestLog,
  edgeCall,
  failureOf,
  type MemoryTables,
  startBench,
} from './fixtures.ts';
import { createRuntime } from './runtime.ts';

const Gone = error({ status: 404, summary: 'Gone.' });
const Low = api('low', {
  version: '1.0.0',
  summary: 'Used by others.',
  operations: {
    ping: operation({
      summary: 'Answers.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      output: z.object({ by: z.string() }),
    }),
    mine: operation({
      summary: 'Answers to the owner.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      input: z.object({ owner: z.string().optional() }),
    }),
  },
});
const High = api('high', {
  version: '1.0.0',
  summary: 'Uses others.',
  operations: {
    relay: operation({
      summary: 'Relays.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      input: z.object({ timeoutMs: z.int().optional() }),
      output: z.object({ by: z.string() }),
      errors: { Gone },
    }),
  },
});
const Keyed = api('keyed', {
  version: '1.0.0',
  summary: 'Needs a store.',
  operations: { act: operation({ summary: 'Acts.', effect: 'keyed' }) },
});

type Tables = StoreDefinition<MemoryTables>;

function createServices(events: string[], gate = createGate()) {
  const low = service(Low)({
    store: {} as Tables,
    operations: {
      ping: async (_input, { caller }) => {
        await gate.opened;
        return { by: caller.subject ?? 'nobody' };
      },
      mine: (input, { owned }) => {
        owned(
          input.owner === undefined ? undefined : { owner: input.owner },
          (row) => row.owner,
          'all:read',
        );
        return undefined;
      },
    },
    start: async () => void events.push('low starts'),
    stop: async () => void events.push('low stops'),
  });
  const high = service(High)({
    uses: { low: Low },
    store: {} as Tables,
    operations: {
      relay: ({ timeoutMs }, { uses }) =>
        uses.low.ping({}, timeoutMs === undefined ? {} : { timeoutMs }),
    },
    start: async ({ uses }) => {
      gate.open();
      events.push(`high starts, called by ${(await uses.low.ping()).by}`);
    },
    stop: async () => void events.push('high stops'),
    every: {
      '10s': async ({ uses, log, clock }) => {
        events.push(`tick by ${(await uses.low.ping()).by}`);
        log.info({ at: clock.monotonic() }, 'Ticked.');
      },
    },
  });
  return { low, high, gate };
}

const place = (one: Service, store: undefined = undefined) => ({
  service: one,
  store,
  config: undefined,
});

describe('a runtime', () => {
  it('refuses what can not run, all mistakes together', () => {
    const { high } = createServices([]);
    const keyed = service(Keyed)({ store: {} as Tables, operations: { act: () => undefined } });
    const host = createSimulatedHost({ seed: 1 });
    const { log } = createTestLog();
    const services = [place(high), place(keyed)];
    assert.throws(
      () => createRuntime({ system: 'bench', host, log, services }),
      (thrown: Error) => {
        assert.match(thrown.message, /"high" uses "low" \(as "low"\), which is placed nowhere/);
        assert.match(thrown.message, /"keyed" has keyed operations \(act\), so it needs a store/);
        return true;
      },
    );
  });

  it('starts dependencies first and stops them last', async () => {
    const events: string[] = [];
    const { low, high } = createServices(events);
    const { runtime, stores } = await startBench([high, low]);
    assert.deepEqual(events, ['low starts', 'high starts, called by service:high']);
    assert.equal(runtime.health().state, 'ready');
    await runtime.drain();
    assert.deepEqual(events.slice(2), ['high stops', 'low stops']);
    assert.equal(runtime.health().state, 'stopped');
    assert.deepEqual(
      Object.values(stores).map(({ closed }) => closed),
      [true, true],
    );
  });

  it('stops what had started when a start hook fails, and says whose', async () => {
    const events: string[] = [];
    const { low } = createServices(events);
    const broken = service(High)({
      uses: { low: Low },
      operations: { relay: () => ({ by: '' }) },
      start: async () => {
        throw new Error('port 5 is in use');
      },
    });
    await assert.rejects(startBench([broken, low]), /Cannot start "high": port 5 is in use/);
    assert.deepEqual(events, ['low starts', 'low stops']);
  });

  it('runs a job once per period, merges missed ticks, and stops on drain', async () => {
    const events: string[] = [];
    const { low, high } = createServices(events);
    const { runtime, host, lines } = await startBench([high, low]);
    events.length = 0;
    await host.advance(25_000);
    assert.deepEqual(events, ['tick by service:high', 'tick by service:high']);
    const ticks = lines.filter(({ message }) => message === 'Ticked.');
    assert.deepEqual(
      ticks.map(({ fields }) => fields.at),
      [10_000, 20_000],
    );
    await runtime.drain();
    await host.advance(60_000);
    assert.equal(events.filter((line) => line.startsWith('tick')).length, 2);
  });

  it('runs a slow job once at a time and a failing one again', async () => {
    const at: number[] = [];
    const slow = service(Low)({
      operations: { ping: () => ({ by: '' }), mine: () => undefined },
      every: {
        '1s': async ({ clock, signal }) => {
          at.push(clock.monotonic());
          if (at.length === 1) await host.timers.sleep(2500, signal);
          else throw new Error('no luck');
        },
      },
    });
    const bench = await startBench([slow]);
    const { host, lines } = bench;
    await host.advance(5100);
    assert.deepEqual(at, [1000, 4000, 5000]);
    assert.equal(lines.filter(({ message }) => message === 'A job failed.').length, 2);
  });

  it('lets calls under way end, refuses new ones, and cancels what outlasts the grace', async () => {
    const gate = createGate();
    const waiting = service(Low)({
      operations: {
        ping: async () => {
          await gate.opened;
          return { by: 'late' };
        },
        mine: () => undefined,
      },
    });
    const { runtime, host } = await startBench([waiting]);
    const { dispatcher } = runtime;
    const call = () => dispatcher.dispatch(Low.operations.ping, {}, edgeCall(host));
    const first = call();
    const drained = runtime.drain({ graceMs: 1000 });
    assert.equal(runtime.health().state, 'draining');
    const refused = await failureOf(call());
    assert.deepEqual([refused.class, refused.code], ['REFUSED', 'draining']);
    gate.open();
    assert.deepEqual(await first, { by: 'late' });
    await drained;

    const stuck = service(Low)({
      operations: { ping: () => new Promise<never>(() => {}), mine: () => undefined },
    });
    const other = await startBench([stuck]);
    const lost = failureOf(
      other.runtime.dispatcher.dispatch(Low.operations.ping, {}, edgeCall(other.host)),
    );
    const ended = other.runtime.drain({ graceMs: 1000 });
    await other.host.advance(1000);
    assert.equal((await lost).class, 'CANCELLED');
    await ended;
  });

  it('is not ready while a store does not answer, and ready again when it does', async () => {
    const { low, high } = createServices([]);
    const { runtime, host, stores } = await startBench([high, low]);
    const store = stores.low;
    assert.ok(store);
    store.problem = new Error('disk gone');
    await host.advance(2500);
    assert.equal(runtime.health().ready, true);
    await host.advance(1000);
    assert.deepEqual(runtime.health().services.low, {
      ready: false,
      inFlight: 0,
      reason: 'its store does not answer',
    });
    const client = runtime.client(Low, { caller: ANONYMOUS });
    assert.deepEqual((await failureOf(client.ping())).class, 'REFUSED');
    // To a caller within the system that is an unavailable part, and nothing it could act upon.
    const relay = runtime.client(High, { caller: ANONYMOUS });
    assert.equal((await failureOf(relay.relay())).class, 'UNAVAILABLE');
    store.problem = undefined;
    await host.advance(2500);
    assert.equal(runtime.health().ready, true);
  });

  it('sweeps stores once a minute', async () => {
    const { low, high } = createServices([]);
    const { host, stores } = await startBench([high, low]);
    await host.advance(125_000);
    assert.equal(stores.low?.sweeps, 2);
  });

  it('gives what belongs to somebody else the answer of what does not exist', async () => {
    const { low, high } = createServices([]);
    const { runtime } = await startBench([high, low]);
    const as = (subject: string, ...permissions: string[]) =>
      runtime.client(Low, { caller: callerWith(subject, ...permissions) });
    await as('user:ada').mine({ owner: 'ada' });
    await as('user:bob', 'all:read').mine({ owner: 'ada' });
    const foreign = await failureOf(as('user:bob').mine({ owner: 'ada' }));
    const unknown = await failureOf(as('user:bob').mine({}));
    const empty = await failureOf(as('user:').mine({ owner: '' }));
    for (const failure of [foreign, unknown, empty]) {
      assert.deepEqual([failure.class, failure.code], ['REJECTED', 'not-found']);
      assert.equal(failure.message, unknown.message);
    }
  });

  it("ends a client's call at its own limit or signal", async () => {
    const waiting = service(Low)({
      operations: { ping: () => new Promise<never>(() => {}), mine: () => undefined },
    });
    const quiet = service(High)({
      uses: { low: Low },
      operations: {
        relay: ({ timeoutMs }, { uses }) =>
          uses.low.ping({}, timeoutMs === undefined ? {} : { timeoutMs }),
      },
    });
    const { runtime, host } = await startBench([quiet, waiting]);
    const controller = new AbortController();
    const client = runtime.client(High, { caller: ANONYMOUS });
    const given = failureOf(client.relay({}, { signal: controller.signal }));
    const short = failureOf(client.relay({ timeoutMs: 50 }));
    controller.abort();
    assert.equal((await given).class, 'CANCELLED');
    await host.advance(60);
    assert.equal((await short).class, 'DEADLINE');
  });
});

describe('configurations', () => {
  const configured = service(Low)({
    config: z.object({ url: z.url(), retries: z.int().default(3) }),
    operations: { ping: () => ({ by: '' }), mine: () => undefined },
  });

  it('are parsed, with their defaults', () => {
    assert.deepEqual(parseConfigs([configured], { low: { url: 'http://a.example' } }), {
      low: { url: 'http://a.example', retries: 3 },
    });
  });

  it('are refused with all mistakes together', () => {
    const { high } = createServices([]);
    const given = { low: { url: 'x', retries: 'y' }, high: {}, other: {} };
    assert.throws(
      () => parseConfigs([configured, high], given),
      (thrown: Error) => {
        assert.match(thrown.message, /config\.other: there is no service/);
        assert.match(thrown.message, /config\.low\.url: /);
        assert.match(thrown.message, /config\.low\.retries: /);
        assert.match(thrown.message, /config\.high: the service declares none/);
        return true;
      },
    );
  });
});
