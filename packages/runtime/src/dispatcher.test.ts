import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { api, error, Failure, operation } from '@portico/contract';
import { Cancellation, service } from '@portico/service';
import * as z from 'zod';
import { callerWith, createGate, edgeCall, failureOf, startBench } from './fixtures.ts';

const NotFound = error({
  status: 404,
  summary: 'There is no such item.',
  data: z.object({ sku: z.string() }),
});
const Undeclared = error({ status: 409, summary: 'Nobody declares this.' });

const Stock = api('stock', {
  version: '1.0.0',
  summary: 'What is there.',
  operations: {
    read: operation({
      summary: 'Reads one item.',
      exposure: 'public',
      access: ['stock:read', 'stock:look'],
      effect: 'safe',
      input: z.object({ sku: z.string().max(10) }),
      output: z.object({ sku: z.string(), tags: z.array(z.string()) }),
      errors: { NotFound },
      timeoutMs: 1000,
    }),
    visit: operation({
      summary: 'Signed in.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'safe',
    }),
    inner: operation({ summary: 'For services.', effect: 'safe' }),
    wait: operation({ summary: 'Takes its time.', effect: 'safe', timeoutMs: 2000 }),
  },
});
const Shop = api('front', {
  version: '1.0.0',
  summary: 'Uses the stock.',
  operations: {
    show: operation({
      summary: 'Shows one item.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      input: z.object({ sku: z.string() }),
      output: z.object({ text: z.string() }),
    }),
    idle: operation({
      summary: 'Waits for the stock.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
    }),
  },
});

const reader = callerWith('user:ada', 'stock:read', 'stock:look');
const kept: { input?: { sku: string }; output: { sku: string; tags: string[] } } = {
  output: { sku: 'x', tags: ['a'] },
};

type Read = (sku: string) => unknown;

async function start(read: Read = () => kept.output, gate = createGate()) {
  const seen: { signal?: AbortSignal; remainingMs?: number; from?: string | undefined } = {};
  const stock = service(Stock)({
    operations: {
      async read(input, { call }) {
        kept.input = input;
        seen.from = call.from;
        return (await read(input.sku)) as typeof kept.output;
      },
      visit: async () => undefined,
      inner: async () => undefined,
      async wait(_input, { signal, remainingMs }) {
        seen.signal = signal;
        seen.remainingMs = remainingMs();
        await gate.opened;
        return undefined;
      },
    },
  });
  const front = service(Shop)({
    uses: { stock: Stock },
    operations: {
      async show({ sku }, { uses }) {
        try {
          return { text: (await uses.stock.read({ sku })).sku };
        } catch (problem) {
          if (NotFound.is(problem)) return { text: `no ${problem.details.data.sku}` };
          throw problem;
        }
      },
      async idle(_input, { uses: { stock } }) {
        const { wait } = stock;
        await wait();
        return undefined;
      },
    },
  });
  const bench = await startBench([front, stock]);
  const { dispatcher } = bench.runtime;
  const readAs = (caller: typeof reader, input: unknown) =>
    dispatcher.dispatch(Stock.operations.read, input, edgeCall(bench.host, { caller }));
  return { ...bench, dispatcher, seen, gate, readAs };
}

describe('the dispatcher', () => {
  it('asks for a credential, then names missing permissions, before it looks at the input', async () => {
    const { readAs, dispatcher, host } = await start();
    const anonymous = await failureOf(readAs(callerWith(undefined), { nonsense: true }));
    assert.equal(anonymous.code, 'unauthenticated');
    const forbidden = await failureOf(
      readAs(callerWith('user:ada', 'stock:read'), { nonsense: 1 }),
    );
    assert.equal(forbidden.code, 'forbidden');
    assert.deepEqual(forbidden.details.permissions, ['stock:look']);
    const invalid = await failureOf(readAs(reader, { nonsense: true }));
    assert.deepEqual(invalid.details.violations, [
      { pointer: '/sku', detail: 'is required.' },
      { pointer: '/nonsense', detail: 'is not known.' },
    ]);
    const { visit } = Stock.operations;
    assert.equal(
      (await failureOf(dispatcher.dispatch(visit, {}, edgeCall(host)))).code,
      'unauthenticated',
    );
    assert.throws(() => dispatcher.admit(visit, callerWith(undefined)), {
      code: 'unauthenticated',
    });
    dispatcher.admit(visit, callerWith('user:ada'));
  });

  it('knows no internal operation from the edge', async () => {
    const { dispatcher, host } = await start();
    const { inner } = Stock.operations;
    const failure = await failureOf(dispatcher.dispatch(inner, {}, edgeCall(host)));
    assert.equal(failure.code, 'unknown-operation');
    assert.throws(() => dispatcher.admit(inner, reader), { code: 'unknown-operation' });
    assert.equal(
      await dispatcher.dispatch(inner, {}, edgeCall(host, { from: 'front' })),
      undefined,
    );
  });

  it('shares no object between caller and handler', async () => {
    const { readAs } = await start();
    const input = { sku: 'x' };
    const answer = (await readAs(reader, input)) as typeof kept.output;
    input.sku = 'changed';
    assert.equal(kept.input?.sku, 'x');
    answer.tags.push('changed');
    assert.deepEqual(kept.output.tags, ['a']);
  });

  it('turns an undeclared exception into a BUG whose detail is in the log alone', async () => {
    const { readAs, lines } = await start(() => {
      throw new Error('select * from secrets');
    });
    const failure = await failureOf(readAs(reader, { sku: 'x' }));
    assert.equal(failure.class, 'BUG');
    assert.equal(failure.code, 'internal');
    assert.ok(!JSON.stringify({ ...failure, message: failure.message }).includes('secrets'));
    assert.equal(failure.cause, undefined);
    const [line] = lines.filter(({ level }) => level === 'error');
    assert.equal(line?.fields.incident, failure.details.incident);
    assert.match(String((line?.fields.err as Error | undefined)?.stack), /select \* from secrets/);
  });

  it('logs no data of a failure, which may be a secret', async () => {
    const { readAs, lines } = await start(() => {
      throw new Failure('APP', 'unheard-of', 'Nobody declares this.', { data: 'hunter2' });
    });
    const failure = await failureOf(readAs(reader, { sku: 'x' }));
    const shown = inspect({ lines, failure }, { depth: 10 });
    assert.match(shown, /Nobody declares this/);
    assert.ok(!shown.includes('hunter2'));
  });

  it('names the field of an unfit output in the log, and answers a BUG', async () => {
    const { readAs, lines } = await start(() => ({ sku: 'x', tags: [], secret: 1 }));
    assert.equal((await failureOf(readAs(reader, { sku: 'x' }))).class, 'BUG');
    assert.match(
      String(lines.at(-1)?.fields.err),
      /stock\.read does not fit: \/secret is not known/,
    );
  });

  it('passes declared errors by name, and refuses undeclared ones', async () => {
    const { readAs } = await start((sku) => {
      throw sku === 'x' ? NotFound({ sku }) : Undeclared();
    });
    const declared = await failureOf(readAs(reader, { sku: 'x' }));
    assert.deepEqual([declared.class, declared.code], ['APP', 'NotFound']);
    assert.ok(NotFound.is(declared));
    assert.deepEqual(declared.details.data, { sku: 'x' });
    assert.equal((await failureOf(readAs(reader, { sku: 'y' }))).class, 'BUG');
  });

  it('refuses data of an error that does not fit its declaration', async () => {
    const { readAs } = await start(() => {
      throw NotFound({ sku: 1 } as never);
    });
    assert.equal((await failureOf(readAs(reader, { sku: 'x' }))).class, 'BUG');
  });

  it('does not begin a call without time left', async () => {
    const { dispatcher, host } = await start();
    const call = edgeCall(host, { caller: reader, deadline: host.clock.monotonic() + 14 });
    const failure = await failureOf(dispatcher.dispatch(Stock.operations.read, { sku: 'x' }, call));
    assert.deepEqual([failure.class, failure.details.started], ['DEADLINE', false]);
  });

  it('ends a call at its deadline, aborts its signal, and leaves its handler behind', async () => {
    const { dispatcher, host, seen, runtime } = await start();
    const call = edgeCall(host, { from: 'front' });
    const ended = failureOf(dispatcher.dispatch(Stock.operations.wait, {}, call));
    await host.advance(1900);
    assert.equal(seen.signal?.aborted, false);
    await host.advance(110);
    const failure = await ended;
    assert.equal(failure.class, 'DEADLINE');
    assert.notEqual(failure.details.started, false);
    assert.equal(seen.signal?.reason, failure);
    assert.equal(runtime.health().inFlight, 0);
  });

  it('gives a dependency 10 ms less than the caller has', async () => {
    const { dispatcher, host, seen } = await start();
    const call = edgeCall(host, { deadline: host.clock.monotonic() + 500 });
    const ended = failureOf(dispatcher.dispatch(Shop.operations.idle, {}, call));
    await host.advance(0);
    assert.equal(seen.remainingMs, 480);
    await host.advance(500);
    assert.equal((await ended).class, 'DEADLINE');
  });

  it('cancels what a cancelled call is waiting for, within the same turn', async () => {
    const { dispatcher, host, seen, runtime } = await start();
    const cancellation = new Cancellation();
    const ended = failureOf(
      dispatcher.dispatch(Shop.operations.idle, {}, edgeCall(host, { cancellation })),
    );
    await host.advance(0);
    assert.equal(runtime.health().inFlight, 2);
    cancellation.cancel();
    assert.equal(seen.signal?.aborted, true);
    assert.equal(runtime.health().inFlight, 0);
    assert.equal((await ended).class, 'CANCELLED');
  });

  it('tells a callee which service calls, and passes the caller on', async () => {
    const { dispatcher, host, seen } = await start();
    const call = edgeCall(host, { caller: reader });
    assert.deepEqual(await dispatcher.dispatch(Shop.operations.show, { sku: 'x' }, call), {
      text: 'x',
    });
    assert.equal(seen.from, 'front');
  });

  it("lets a caller recognise a dependency's error, and makes a BUG of its rejection", async () => {
    const { dispatcher, host, lines } = await start((sku) => {
      throw NotFound({ sku });
    });
    const asReader = edgeCall(host, { caller: reader });
    const shown = await dispatcher.dispatch(Shop.operations.show, { sku: 'x' }, asReader);
    assert.deepEqual(shown, { text: 'no x' });
    const failure = await failureOf(
      dispatcher.dispatch(Shop.operations.show, { sku: 'x' }, edgeCall(host)),
    );
    assert.deepEqual([failure.class, failure.code], ['BUG', 'internal']);
    assert.match(String(lines.at(-1)?.fields.err), /needs a credential/);
  });
});
