import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, Failure, operation } from '@portico/contract';
import { Cancellation, service } from '@portico/service';
import * as z from 'zod';
import { callerWith, createGate, edgeCall, failureOf, startBench } from './fixtures.ts';
import type { RuntimeOptions } from './runtime.ts';

const spec = { exposure: 'public', access: 'anyone', effect: 'safe' } as const;
const Desk = api('desk', {
  version: '1.0.0',
  summary: 'Handles one thing after another.',
  operations: {
    ask: operation({ ...spec, summary: 'Takes as long as it takes.', timeoutMs: 1000 }),
    take: operation({
      ...spec,
      summary: 'Takes so many ms.',
      input: z.object({ ms: z.int32() }),
      timeoutMs: 1000,
    }),
    tidy: operation({ ...spec, summary: 'For later.', criticality: 'batch' }),
    watch: operation({ ...spec, summary: 'Waits for something.', waits: true }),
    inspect: operation({
      ...spec,
      summary: 'For operators.',
      exposure: 'admin',
      access: ['desk:inspect'],
    }),
  },
});
const Office = api('office', {
  version: '1.0.0',
  summary: 'Asks the desk.',
  operations: { visit: operation({ ...spec, summary: 'Asks the desk often.' }) },
});

async function start(policies: NonNullable<RuntimeOptions['policies']> = {}) {
  const gate = createGate();
  let handled = 0;
  const wait = async () => {
    handled++;
    await gate.opened;
  };
  const desk = service(Desk)({
    operations: {
      ask: wait,
      take: ({ ms }, { timers }) => timers.sleep(ms),
      tidy: wait,
      watch: wait,
      inspect: wait,
    },
  });
  const results: unknown[] = [];
  const office = service(Office)({
    uses: { desk: Desk },
    operations: {
      async visit(_input, { uses: { desk } }) {
        const waiting = [desk.watch(), desk.watch(), desk.watch()];
        const asking = [desk.ask(), desk.ask(), desk.ask()];
        const ended = [...waiting, ...asking].map((answer) => answer.catch((thrown) => thrown));
        results.push(...(await Promise.all(ended)));
      },
    },
  });
  const bench = await startBench([desk, office], { policies });
  const { runtime, host } = bench;
  const call = (name: keyof typeof Desk.operations, changes = {}, input: unknown = {}) => {
    const operation = Desk.operations[name];
    // From another process, as the wire calls: without the bulkhead of this one.
    const remote = { from: 'elsewhere', criticality: operation.criticality };
    const made = edgeCall(host, { ...remote, ...changes });
    const answer = runtime.dispatcher.dispatch(operation, input, made);
    answer.catch(() => {});
    return answer;
  };
  const many = (name: keyof typeof Desk.operations, count: number, changes = {}) =>
    Array.from({ length: count }, () => call(name, changes));
  return { ...bench, gate, call, many, results, handled: () => handled };
}

describe('a service under load', () => {
  it('handles 32 calls at a time, queues as many as may wait, and sheds the others when those do', async () => {
    const { runtime, many, gate, host, handled } = await start();
    const calls = many('ask', 125);
    // Until then they might be no more than a burst.
    await host.advance(6);
    const others = many('ask', 15);
    const { inFlight, queued, load, shed } = runtime.loads().desk ?? assert.fail();
    assert.deepEqual(
      { inFlight, queued, shed },
      {
        ...{ inFlight: 32, queued: 93, shed: { full: 15, stale: 0, guard: 0 } },
      },
    );
    assert.equal(load, 125 / 32);
    assert.equal(runtime.loadOf('desk'), load);
    assert.equal(runtime.loadOf('elsewhere'), 0);
    assert.equal(handled(), 32);
    gate.open();
    await host.advance(1);
    await Promise.all(calls);
    const [failure] = await Promise.all(others.map(failureOf));
    assert.ok(failure);
    assert.deepEqual([failure.class, failure.details.reason], ['OVERLOADED', 'full']);
    assert.deepEqual([runtime.loadOf('desk'), runtime.health().inFlight], [0, 0]);
  });

  it('sheds work for later before work for now', async () => {
    const { call, many, host } = await start();
    many('ask', 92);
    await host.advance(6);
    assert.equal((await failureOf(call('tidy'))).class, 'OVERLOADED');
  });

  it('ends a call in the queue at its deadline, as one that never began', async () => {
    const { call, many, host, handled, runtime } = await start();
    many('ask', 32);
    const failed = failureOf(call('ask', { deadline: host.clock.monotonic() + 210 }));
    await host.advance(210);
    const failure = await failed;
    assert.deepEqual([failure.class, failure.details.started], ['DEADLINE', false]);
    assert.deepEqual([handled(), runtime.loads().desk?.queued], [32, 0]);
  });

  it('lets a caller give up in the queue', async () => {
    const { call, many, gate, host, handled, runtime } = await start();
    many('ask', 32);
    const cancellation = new Cancellation();
    const failed = failureOf(call('ask', { cancellation }));
    cancellation.cancel();
    assert.equal((await failed).class, 'CANCELLED');
    gate.open();
    await host.advance(1);
    assert.deepEqual([handled(), runtime.health().inFlight], [32, 0]);
  });

  it('checks permission and input of a call that has waited', async () => {
    const { call, many, gate, host } = await start();
    many('ask', 32);
    const invalid = failureOf(call('take', {}, { ms: 'long' }));
    gate.open();
    await host.advance(1);
    assert.equal((await invalid).code, 'invalid');
  });

  it('does not begin what takes longer than there is time, until it knows no better', async () => {
    const { call, host, runtime } = await start();
    for (let round = 0; round < 32; round++) {
      const answer = call('take', {}, { ms: 400 });
      await host.advance(400);
      await answer;
    }
    const hurried = () => call('take', { deadline: host.clock.monotonic() + 200 }, { ms: 1 });
    const failure = await failureOf(hurried());
    assert.deepEqual([failure.class, failure.details.started], ['DEADLINE', false]);
    assert.equal(runtime.loads().desk?.expired, 1);
    await host.advance(10_000);
    const answer = hurried();
    await host.advance(1);
    await answer;
  });

  it('lets operators in when everybody else is shed', async () => {
    const { call, many, handled, runtime } = await start();
    many('ask', 140);
    const caller = callerWith('user:ops', 'desk:inspect');
    for (let index = 0; index < 33; index++) call('inspect', { caller });
    assert.equal(handled(), 32 + 32);
    assert.deepEqual(runtime.loads().desk?.platform, { inFlight: 32, refused: 1 });
  });

  it('gives no place to calls that wait for something to happen', async () => {
    const { many, handled, runtime } = await start();
    many('watch', 500);
    assert.equal(handled(), 500);
    assert.equal(runtime.loadOf('desk'), 0);
  });

  it('sheds what can be shed while the process is saturated', async () => {
    const { call, host } = await start();
    // What its start looks like is forgiven.
    await host.advance(5_000);
    host.setLoad({ loopUtilisation: 0.99 });
    await host.advance(1000);
    const failure = await failureOf(call('tidy'));
    assert.deepEqual([failure.class, failure.details.reason], ['OVERLOADED', 'guard']);
    host.setLoad({ loopUtilisation: 0.2 });
    await host.advance(1000);
    call('tidy');
  });

  it('keeps callers within its process to a bulkhead, those that wait apart', async () => {
    const { runtime, gate, host, results } = await start({ bulkhead: { inFlightMax: 2 } });
    const visit = runtime.client(Office, { caller: callerWith('user:ada') }).visit();
    assert.deepEqual(runtime.loads().desk?.local, { inFlight: 2, refused: 1 });
    gate.open();
    await host.advance(1);
    await visit;
    const reasons = results.map((thrown) =>
      thrown instanceof Failure ? thrown.details.reason : '',
    );
    assert.deepEqual(reasons, ['', '', '', '', '', 'bulkhead']);
    assert.deepEqual(runtime.loads().desk?.local, { inFlight: 0, refused: 1 });
  });

  it('waits for queued calls when it drains', async () => {
    const { runtime, many, gate, host } = await start();
    const calls = many('ask', 40);
    const drained = runtime.drain({ graceMs: 100 });
    gate.open();
    await host.advance(10);
    await drained;
    assert.equal(
      (await Promise.allSettled(calls)).every(({ status }) => status === 'fulfilled'),
      true,
    );
  });
});
