import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, error, event, Failure, operation } from '@portico/contract';
import { type OperationContext, type StoreDefinition, service, type Uses } from '@portico/service';
import * as z from 'zod';
import {
  callerWith,
  createGate,
  edgeCall,
  failureOf,
  type MemoryTables,
  startBench,
} from './fixtures.ts';

const SoldOut = error({ status: 409, summary: 'Sold out.', data: z.object({ left: z.int() }) });
const Hold = z.object({ sku: z.string(), mode: z.string().optional() });

const Ledger = api('ledger', {
  version: '2.3.4',
  summary: 'Holds things once.',
  operations: {
    hold: operation({
      summary: 'Holds one.',
      exposure: 'public',
      access: 'anyone',
      effect: 'keyed',
      input: Hold,
      output: z.object({ held: z.int() }),
      errors: { SoldOut },
    }),
    release: operation({ summary: 'Undoes a hold.', effect: 'keyed', undoes: 'hold' }),
    peek: operation({ summary: 'Reads.', effect: 'safe' }),
  },
  events: {
    Held: event({ summary: 'One was held.', key: 'sku', payload: z.object({ sku: z.string() }) }),
  },
});
const Desk = api('desk', {
  version: '1.0.0',
  summary: 'Uses the ledger.',
  operations: {
    order: operation({
      summary: 'Orders.',
      exposure: 'public',
      access: 'anyone',
      effect: 'keyed',
      input: z.object({ mode: z.string() }),
    }),
  },
});

type Tables = StoreDefinition<MemoryTables>;
type Context = OperationContext<typeof Ledger, Uses, Tables, undefined, true>;
type Hold = (input: z.infer<typeof Hold>, context: Context) => Promise<{ held: number }>;

/** Reads the count, raises it, and answers with it, in one transaction. */
const holdOnce: Hold = async ({ sku }, { transaction }) =>
  transaction(async ({ db, publish }) => {
    const held = Number(db.get('held') ?? 0) + 1;
    db.set('held', held);
    await publish('Held', { sku });
    return { held };
  });

async function start(
  hold: Hold = holdOnce,
  orderAs: (mode: string) => string | undefined = () => 'k',
) {
  const released: unknown[] = [];
  const ledger = service(Ledger)({
    store: {} as Tables,
    operations: {
      hold: (input, context) => hold(input, context as never),
      async release(_input, { undone, transaction }) {
        await transaction(async ({ db }) => db.set('held', 0));
        released.push(undone);
        return undefined;
      },
      peek: async (_input, { transaction }) => {
        await transaction(async () => 1);
        return undefined;
      },
    },
  });
  const desk = service(Desk)({
    uses: { ledger: Ledger },
    store: {} as Tables,
    operations: {
      async order({ mode }, { uses: { ledger }, transaction }) {
        const key = orderAs(mode);
        const options = key === undefined || key === 'k' ? {} : { key };
        if (mode === 'inside') {
          await transaction(async () => ledger.hold({ sku: 'x' }).catch(() => undefined));
        } else if (mode === 'after') {
          await transaction(async () => undefined);
          await ledger.hold({ sku: 'x' });
        } else {
          await ledger.hold({ sku: 'x' }, options);
          if (mode === 'twice') await ledger.hold({ sku: 'y' });
        }
        return undefined;
      },
    },
  });
  const bench = await startBench([ledger, desk]);
  const { dispatcher } = bench.runtime;
  const store = bench.stores.ledger;
  if (!store) throw new Error('The ledger has a store.');
  const holdAs = (key: string | undefined, input: unknown = { sku: 'x' }, subject = 'user:ada') => {
    const call = edgeCall(bench.host, { key, caller: callerWith(subject) });
    return dispatcher.dispatch(Ledger.operations.hold, input, call);
  };
  const fromDesk = (operation: keyof typeof Ledger.operations, key: string, undoes?: string) => {
    const call = edgeCall(bench.host, { key, from: 'desk', undoes });
    const input = operation === 'hold' ? { sku: 'x' } : {};
    return dispatcher.dispatch(Ledger.operations[operation], input, call);
  };
  const order = (mode: string, key = 'parent', subject = 'user:ada') =>
    dispatcher.dispatch(
      Desk.operations.order,
      { mode },
      edgeCall(bench.host, { key, caller: callerWith(subject) }),
    );
  return { ...bench, dispatcher, store, holdAs, fromDesk, order, released };
}

describe('a keyed operation', () => {
  it('has one effect and one answer per key, caller and input', async () => {
    const { holdAs, store } = await start();
    assert.deepEqual(await holdAs('k1'), { held: 1 });
    assert.deepEqual(await holdAs('k1'), { held: 1 });
    assert.equal((await failureOf(holdAs('k1', { sku: 'y' }))).code, 'key-mismatch');
    assert.deepEqual(await holdAs('k2'), { held: 2 });
    assert.deepEqual(await holdAs('k1', { sku: 'x' }, 'user:bob'), { held: 3 });
    assert.equal(store.events.length, 3);
  });

  it('needs a key of visible ASCII', async () => {
    const { holdAs } = await start();
    assert.equal((await failureOf(holdAs(undefined))).code, 'key-missing');
    for (const key of ['', 'a b', 'é', 'x'.repeat(256)]) {
      assert.equal((await failureOf(holdAs(key))).code, 'invalid');
    }
    assert.deepEqual(await holdAs('x'.repeat(255)), { held: 1 });
  });

  it('answers 409 to the edge while the key is in flight, and lets a service join', async () => {
    const gate = createGate();
    let runs = 0;
    const { holdAs, fromDesk } = await start(async (input, context) => {
      runs++;
      await gate.opened;
      return holdOnce(input, context);
    });
    const first = holdAs('k');
    const failure = failureOf(holdAs('k'));
    const inner = [fromDesk('hold', 'k'), fromDesk('hold', 'k')];
    await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    assert.equal((await failure).code, 'key-in-flight');
    assert.deepEqual(await first, { held: 1 });
    assert.deepEqual(await Promise.all(inner), [{ held: 2 }, { held: 2 }]);
    assert.equal(runs, 2);
  });

  it('records a declared error and undoes its effect, within the transaction and without', async () => {
    let runs = 0;
    const { holdAs, store } = await start(async ({ mode }, { transaction }) => {
      runs++;
      if (mode === 'outside') throw SoldOut({ left: 0 });
      return transaction(async ({ db }) => {
        db.set('held', 99);
        throw SoldOut({ left: 1 });
      });
    });
    for (const [key, left] of [
      ['inside', 1],
      ['outside', 0],
    ] as const) {
      for (let attempt = 1; attempt <= 2; attempt++) {
        const failure = await failureOf(holdAs(key, { sku: 'x', mode: key }));
        assert.ok(SoldOut.is(failure));
        assert.deepEqual(failure.details.data, { left });
        assert.equal(failure.code, 'SoldOut');
      }
    }
    assert.equal(runs, 2);
    assert.equal(store.rows.get('held'), undefined);
  });

  it('records nothing of a BUG or of trouble: the key may be used again', async () => {
    let runs = 0;
    const { holdAs, store } = await start(async (input, context) => {
      runs++;
      if (runs === 1) throw new Error('broken');
      if (runs === 2) throw new Failure('OVERLOADED', 'overloaded', 'busy', { retryAfterMs: 5 });
      return holdOnce(input, context);
    });
    assert.equal((await failureOf(holdAs('k'))).class, 'BUG');
    const overloaded = await failureOf(holdAs('k'));
    assert.deepEqual(
      [overloaded.class, overloaded.details.retryAfterMs],
      ['OVERLOADED', undefined],
    );
    assert.equal(store.outcomes.size, 0);
    assert.deepEqual(await holdAs('k'), { held: 1 });
  });

  it('records the answer of a handler without a transaction', async () => {
    let runs = 0;
    const { holdAs } = await start(async () => ({ held: ++runs }));
    assert.deepEqual(await holdAs('k'), { held: 1 });
    assert.deepEqual(await holdAs('k'), { held: 1 });
  });

  it('rolls back and answers with what another replica recorded first', async () => {
    const other = await start(async () => ({ held: 7 }));
    await other.holdAs('k');
    const [record] = [...other.store.outcomes.values()];
    assert.ok(record);
    for (const hold of [holdOnce, async () => ({ held: 8 })]) {
      const { holdAs, store } = await start(hold);
      await store.transaction((tx) => tx.recordOutcome(record), { deadline: 0 });
      // The look-up came just before the other replica's commit.
      const find = store.findOutcome;
      let looks = 0;
      store.findOutcome = async (key) => (looks++ === 0 ? undefined : find(key));
      assert.deepEqual(await holdAs('k'), { held: 7 });
      assert.equal(store.rows.get('held'), undefined);
    }
  });

  it('must answer with what its transaction returned', async () => {
    const differing: Hold = async (input, context) => ({
      held: (await holdOnce(input, context)).held + 1,
    });
    const { holdAs, lines } = await start(differing);
    const failure = await failureOf(holdAs('k'));
    assert.deepEqual([failure.class, failure.code], ['BUG', 'outcome-differs']);
    assert.match(String(lines.at(-1)?.fields.err), /answers with what its transaction returned/);
    assert.deepEqual(await holdAs('k'), { held: 1 });
  });

  it('has one transaction, and none in a safe operation', async () => {
    const { holdAs, fromDesk, store } = await start(async (input, context) => {
      await context.transaction(async () => undefined as never).catch(() => undefined);
      return holdOnce(input, context);
    });
    assert.equal((await failureOf(holdAs('k'))).code, 'second-transaction');
    assert.equal((await failureOf(fromDesk('peek', 'k'))).code, 'transaction-in-safe');
    assert.equal(store.rows.size, 0);
  });

  it('may turn the failure of its transaction into a declared error, which is recorded', async () => {
    let runs = 0;
    const { holdAs } = await start(async (_input, { transaction }) => {
      runs++;
      return transaction(async () => {
        throw new Error('unique');
      }).catch(() => {
        throw SoldOut({ left: 3 });
      });
    });
    assert.equal((await failureOf(holdAs('k'))).code, 'SoldOut');
    assert.equal((await failureOf(holdAs('k'))).code, 'SoldOut');
    assert.equal(runs, 1);
  });

  it('may not answer before its transaction has committed', async () => {
    const { holdAs } = await start(async (input, context) => {
      holdOnce(input, context).catch(() => undefined);
      return { held: 1 };
    });
    assert.equal((await failureOf(holdAs('k'))).code, 'transaction-not-awaited');
  });

  it('commits one effect when its transaction has to run again', async () => {
    const { holdAs, store } = await start();
    store.attempts = 3;
    assert.deepEqual(await holdAs('k'), { held: 1 });
    assert.equal(store.events.length, 1);
  });
});

describe('a call under a key', () => {
  it('derives its own key, apart for each caller of the parent', async () => {
    const { order, store } = await start();
    await order('once');
    await order('once', 'parent', 'user:bob');
    assert.equal(store.rows.get('held'), 2);
    const [record] = [...store.outcomes.values()];
    assert.equal(record?.scope, 'service:desk');
    assert.equal(record?.origin, 'derived');
    assert.match(record?.key ?? '', /^[\w-]{43}\/ledger\.hold$/);
  });

  it('repeats its effect no more when the parent is repeated after a crash', async () => {
    const { order, store, stores } = await start();
    await order('once');
    stores.desk?.outcomes.clear();
    await order('once');
    assert.equal(store.rows.get('held'), 1);
  });

  it('needs a key of its own for a second call of one operation', async () => {
    const { order } = await start();
    const failure = await failureOf(order('twice'));
    assert.deepEqual([failure.class, failure.code], ['BUG', 'key-reused']);
    const own = await start(undefined, () => 'chosen');
    await own.order('twice');
    assert.equal(own.store.rows.get('held'), 2);
  });

  it('is refused within a transaction and after it, even if the handler catches that', async () => {
    const { order, store } = await start();
    assert.equal((await failureOf(order('inside', 'a'))).code, 'call-in-transaction');
    assert.equal((await failureOf(order('after', 'b'))).code, 'call-after-transaction');
    assert.equal(store.rows.size, 0);
  });
});

describe('an undo', () => {
  it('runs with what the forward call answered, once', async () => {
    const { fromDesk, released } = await start();
    await fromDesk('hold', 'saga/1');
    await fromDesk('release', 'saga/1/undo', 'saga/1');
    await fromDesk('release', 'saga/1/undo', 'saga/1');
    assert.deepEqual(released, [{ held: 1 }]);
  });

  it('that comes first refuses the forward call for ever', async () => {
    const { fromDesk, released, store } = await start();
    await fromDesk('release', 'saga/1/undo', 'saga/1');
    assert.deepEqual(released, []);
    assert.equal((await failureOf(fromDesk('hold', 'saga/1'))).code, 'key-mismatch');
    await fromDesk('release', 'saga/1/again', 'saga/1');
    assert.deepEqual(released, []);
    assert.equal(store.rows.get('held'), undefined);
  });

  it('has nothing to do after a declared error', async () => {
    const { fromDesk, released } = await start(async () => {
      throw SoldOut({ left: 0 });
    });
    await failureOf(fromDesk('hold', 'saga/1'));
    await fromDesk('release', 'saga/1/undo', 'saga/1');
    assert.deepEqual(released, []);
  });
});

describe('a published event', () => {
  it('is a CloudEvent of the exact contract, in the trace of its call', async () => {
    const { holdAs, store, host } = await start();
    await holdAs('k', { sku: 'sku-1' });
    const [appended] = store.events;
    assert.equal(appended?.topic, 'ledger.Held');
    assert.equal(appended?.key, 'sku-1');
    const { id, traceparent, correlationid, ...envelope } = JSON.parse(appended?.envelope ?? '');
    assert.equal(id, appended?.id);
    assert.equal(correlationid, '0af7651916cd43dd8448eb211c80319c');
    assert.match(traceparent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    assert.deepEqual(envelope, {
      specversion: '1.0',
      source: '/bench/ledger',
      type: 'bench.ledger.Held.v2',
      subject: 'sku-1',
      partitionkey: 'sku-1',
      time: new Date(host.clock.now()).toISOString(),
      datacontenttype: 'application/json',
      dataschema: 'urn:portico:bench:ledger:2.3.4:Held',
      data: { sku: 'sku-1' },
    });
  });

  it('commits nothing when its payload does not fit', async () => {
    const { holdAs, store } = await start(async (_input, { transaction }) =>
      transaction(async ({ db, publish }) => {
        db.set('held', 1);
        await publish('Held', { sku: 1 } as never).catch(() => undefined);
        return { held: 1 };
      }),
    );
    assert.equal((await failureOf(holdAs('k'))).code, 'invalid-event');
    assert.equal(store.rows.size + store.events.length + store.outcomes.size, 0);
  });
});
