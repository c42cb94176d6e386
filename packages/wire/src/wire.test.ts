import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { type Call, Cancellation } from '@portico/service';
import {
  callerOf,
  callOf,
  createBench,
  createGate,
  createTestIdentity,
  createTestTokens,
  failureOf,
  getStock,
  Inventory,
  InventoryV2,
  nextChange,
  OutOfStock,
  PEERS,
  reserve,
  until,
} from './fixtures.ts';
import type { Peer } from './peer.ts';

const bench = createBench();
const { host } = bench;
afterEach(() => bench.closeAll());

describe('a call to another process', () => {
  it('gets the input, and gives the output', async () => {
    const server = await bench.serve((operation, input) => ({ of: operation.id, input }));
    const replica = await bench.connect(server);
    assert.deepEqual(await replica.call(getStock, { sku: 'é\u{1f600}' }, callOf(host)), {
      of: 'inventory.getStock',
      input: { sku: 'é\u{1f600}' },
    });
    assert.equal(replica.load, 0.25);
    assert.equal(replica.inFlight, 0);
  });

  it('may have no input and no output', async () => {
    const inputs: unknown[] = [];
    const server = await bench.serve((_operation, input) => void inputs.push(input));
    const replica = await bench.connect(server);
    assert.equal(await replica.call(reserve, undefined, callOf(host)), undefined);
    assert.deepEqual(inputs, [undefined]);
  });

  it('carries everything that a call has', async () => {
    const calls: Call[] = [];
    const server = await bench.serve((_operation, _input, call) => void calls.push(call));
    const replica = await bench.connect(server);
    const deadline = host.clock.monotonic() + 5_000;
    const parts = {
      key: 'k-é',
      undoes: 'k-0',
      criticality: 'batch',
      attempt: 2,
      deadline,
    } as const;
    const made = callOf(host, { ...parts, caller: callerOf('user:ada') });
    await replica.call(reserve, { sku: 'a' }, made);
    const [got] = calls;
    assert.equal(got?.key, 'k-é');
    assert.equal(got?.undoes, 'k-0');
    assert.equal(got?.criticality, 'batch');
    assert.equal(got?.attempt, 2);
    assert.equal(got?.from, 'orders');
    assert.equal(got?.caller.subject, 'user:ada');
    assert.deepEqual(got?.trace, made.trace);
    assert.ok(got && got.deadline <= deadline + 1 && got.deadline > host.clock.monotonic());
  });

  it('counts what the event loop is late against the time of the call', async () => {
    const deadlines: number[] = [];
    const handle = (_operation: unknown, _input: unknown, { deadline }: Call) =>
      void deadlines.push(deadline - host.clock.monotonic());
    const server = await bench.serve(handle, { lagMs: () => 1_000 });
    const replica = await bench.connect(server);
    const deadline = host.clock.monotonic() + 3_000;
    await replica.call(getStock, { sku: 'a' }, callOf(host, { deadline }));
    assert.ok((deadlines[0] ?? 0) <= 2_000);
  });

  it('ends with the errors of the contract, known by their definition', async () => {
    const server = await bench.serve(() => {
      const { details, message } = OutOfStock({ sku: 'a' });
      throw new Failure('APP', 'OutOfStock', message, { ...details, name: 'OutOfStock' });
    });
    const replica = await bench.connect(server);
    const failure = await failureOf(replica.call(reserve, { sku: 'a' }, callOf(host)));
    assert.ok(OutOfStock.is(failure));
    assert.deepEqual(failure.details.data, { sku: 'a' });
  });

  it('ends as a bug, without its cause, when something else is thrown or the output is no JSON', async () => {
    const server = await bench.serve((operation) => {
      if (operation === reserve) throw new Error('secret');
      return { big: 1n };
    });
    const replica = await bench.connect(server);
    for (const operation of [reserve, getStock]) {
      const failure = await failureOf(replica.call(operation, { sku: 'a' }, callOf(host)));
      assert.equal(failure.class, 'BUG');
      assert.ok(failure.details.incident);
      assert.doesNotMatch(JSON.stringify(failure), /secret/);
    }
    assert.equal(server.log.lines.filter((line) => line.startsWith('error')).length, 2);
  });

  it('is refused before it leaves when its input is no JSON, or too large', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const replica = await bench.connect(server, { frameMax: 1 << 16 });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const invalid = await failureOf(replica.call(getStock, circular, callOf(host)));
    assert.deepEqual([invalid.class, invalid.code], ['REJECTED', 'invalid']);
    const input = { sku: 'x'.repeat(1 << 16) };
    const tooLarge = await failureOf(replica.call(getStock, input, callOf(host)));
    assert.deepEqual([tooLarge.class, tooLarge.code], ['REJECTED', 'too-large']);
    assert.equal(replica.inFlight, 0);
  });

  it('carries inputs and outputs of megabytes', async () => {
    const server = await bench.serve((_operation, input) => input);
    const replica = await bench.connect(server);
    const inputs = [1_000_000, 60_000, 10, 2_000_000].map((size) => ({ sku: 'ä'.repeat(size) }));
    for (const input of inputs) {
      assert.deepEqual(await replica.call(getStock, input, callOf(host)), input);
    }
  });

  it('is told that an answer is too large, and the connection lives', async () => {
    const server = await bench.serve((_operation, input) =>
      (input as { sku: string }).sku === 'big' ? { sku: 'x'.repeat(1 << 17) } : { sku: 'small' },
    );
    const replica = await bench.connect(server, { frameMax: 1 << 16 });
    const failure = await failureOf(replica.call(getStock, { sku: 'big' }, callOf(host)));
    assert.equal(failure.class, 'BUG');
    assert.deepEqual(await replica.call(getStock, { sku: 'a' }, callOf(host)), { sku: 'small' });
  });
});

describe('time and cancellation', () => {
  it('ends a call at its deadline, and cancels it over there', async () => {
    const cancelled = createGate<string>();
    const server = await bench.serve((_operation, _input, { cancellation }) => {
      cancellation.onCancel((reason) => cancelled.resolve(reason.class));
      return new Promise(() => {});
    });
    const replica = await bench.connect(server);
    const deadline = host.clock.monotonic() + 30;
    const failure = await failureOf(
      replica.call(getStock, { sku: 'a' }, callOf(host, { deadline })),
    );
    assert.equal(failure.class, 'DEADLINE');
    assert.equal(await cancelled.promise, 'CANCELLED');
    assert.equal(replica.inFlight, 0);
    assert.equal(server.connections[0]?.inFlight, 0);
  });

  it('sends nothing when no time is left', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const replica = await bench.connect(server);
    const call = callOf(host, { deadline: host.clock.monotonic() });
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, call));
    assert.equal(failure.class, 'DEADLINE');
    assert.equal(failure.details.started, false);
  });

  it('ends a call with its caller, and ignores the answer that comes late', async () => {
    const gate = createGate();
    const server = await bench.serve(async (operation) => {
      if (operation === reserve) await gate.promise;
      return { sku: 'late' };
    });
    const replica = await bench.connect(server);
    const cancellation = new Cancellation();
    const call = replica.call(reserve, { sku: 'a' }, callOf(host, { cancellation }));
    await replica.call(getStock, { sku: 'a' }, callOf(host));
    cancellation.cancel();
    assert.equal((await failureOf(call)).class, 'CANCELLED');
    gate.resolve();
    assert.deepEqual(await replica.call(getStock, { sku: 'a' }, callOf(host)), { sku: 'late' });
    assert.equal(replica.state, 'ready');
  });

  it('makes no call that was cancelled before', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const replica = await bench.connect(server);
    const cancellation = new Cancellation();
    cancellation.cancel();
    const failure = await failureOf(replica.call(getStock, {}, callOf(host, { cancellation })));
    assert.equal(failure.class, 'CANCELLED');
  });
});

describe('what a caller may conclude', () => {
  it('is NOT_SENT without a connection', async () => {
    const replica = bench.dial({ path: `${bench.folder}/nobody.sock` });
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    assert.equal(failure.class, 'NOT_SENT');
    assert.equal(replica.state, 'connecting');
    assert.equal(replica.serves(getStock), false);
  });

  it('is UNAVAILABLE when the connection dies after the call was sent, NOT_SENT before', async () => {
    const arrived = createGate();
    const server = await bench.serve(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const replica = await bench.connect(server);
    const sent = replica.call(getStock, { sku: 'a' }, callOf(host));
    await arrived.promise;
    const unsent = replica.call(getStock, { sku: 'b' }, callOf(host));
    void replica.close({ now: true });
    assert.equal((await failureOf(sent)).class, 'UNAVAILABLE');
    assert.equal((await failureOf(unsent)).class, 'NOT_SENT');
  });

  it('is UNAVAILABLE for the eight of a turn that went ahead of the rest', async () => {
    const server = await bench.serve((_operation, input) => input);
    const replica = await bench.connect(server);
    await replica.call(getStock, { sku: 'a' }, callOf(host));
    const calls = Array.from({ length: 10 }, () =>
      failureOf(replica.call(getStock, { sku: 'b' }, callOf(host))),
    );
    void replica.close({ now: true });
    const classes = (await Promise.all(calls)).map((failure) => failure.class);
    assert.deepEqual(classes, [...Array(8).fill('UNAVAILABLE'), 'NOT_SENT', 'NOT_SENT']);
  });

  it('is that handlers are aborted whose caller is gone', async () => {
    const aborted = createGate();
    const arrived = createGate();
    const server = await bench.serve((_operation, _input, { cancellation }) => {
      cancellation.onCancel(() => aborted.resolve());
      arrived.resolve();
      return new Promise(() => {});
    });
    const replica = await bench.connect(server);
    const call = failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    await arrived.promise;
    await replica.close({ now: true });
    await aborted.promise;
    assert.equal((await call).class, 'UNAVAILABLE');
  });

  it('is REFUSED version where the replica has another major version', async () => {
    const server = await bench.serve(() => 1, { apis: [InventoryV2] });
    const replica = await bench.connect(server);
    assert.equal(replica.serves(getStock), false);
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    assert.deepEqual([failure.class, failure.code], ['REFUSED', 'version']);
  });

  it('is that a lost connection is dialled again', async () => {
    const server = await bench.serve(() => ({ sku: 'first' }));
    const replica = await bench.connect(server);
    await server.close();
    await until(replica, ({ state }) => state === 'connecting');
    const again = await bench.serve(() => ({ sku: 'second' }), { listen: { path: server.path } });
    assert.ok(again);
    await until(replica, ({ state }) => state === 'ready');
    assert.deepEqual(await replica.call(getStock, { sku: 'a' }, callOf(host)), { sku: 'second' });
  });
});

describe('who may call what', () => {
  it('is asked for each call, by the service that makes it', async () => {
    const asked: unknown[] = [];
    const server = await bench.serve(() => ({ sku: 'a' }), {
      allows: ({ replica }, from, operation) => {
        asked.push([replica, from, operation.id]);
        return operation !== reserve;
      },
    });
    const replica = await bench.connect(server);
    await replica.call(getStock, { sku: 'a' }, callOf(host));
    const failure = await failureOf(replica.call(reserve, { sku: 'a' }, callOf(host)));
    assert.deepEqual([failure.class, failure.code], ['REJECTED', 'forbidden']);
    assert.deepEqual(asked, [
      ['orders-1', 'orders', 'inventory.getStock'],
      ['orders-1', 'orders', 'inventory.reserve'],
    ]);
  });

  it('is nothing that a mistake in the rule opens: the call ends as a bug, the connection lives', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'), {
      allows: () => {
        throw new Error('no such table');
      },
    });
    const replica = await bench.connect(server);
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    assert.equal(failure.class, 'BUG');
    assert.equal(replica.state, 'ready');
    assert.equal(server.connections[0]?.inFlight, 0);
  });

  it('is refused to those who speak for a service that their grant does not name', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const replica = await bench.connect(server);
    const call = callOf(host, { from: 'payments', caller: callerOf('service:payments') });
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, call));
    assert.deepEqual([failure.class, failure.code], ['REJECTED', 'forbidden']);
    const nobody = callOf(host, { from: undefined, caller: callerOf('user:ada') });
    assert.equal((await failureOf(replica.call(getStock, {}, nobody))).code, 'forbidden');
  });

  it('lets a gateway call for nobody in particular', async () => {
    const calls: Call[] = [];
    const server = await bench.serve((_operation, _input, call) => void calls.push(call));
    const replica = await bench.connect(server, { self: PEERS['edge-1'] as Peer });
    const caller = { permissions: new Set<string>(), via: 'anonymous' };
    await replica.call(getStock, { sku: 'a' }, callOf(host, { from: undefined, caller }));
    assert.equal(calls[0]?.from, undefined);
    assert.equal(calls[0]?.caller.subject, undefined);
  });

  it('is refused with a token that is not believed, found out at once or later', async () => {
    const later = createTestTokens({
      callerOf: async () => {
        throw new Error('not signed');
      },
    });
    for (const tokens of [createTestTokens(), later]) {
      const server = await bench.serve(() => assert.fail('must not arrive'), { tokens });
      const replica = await bench.connect(server);
      for (let time = 0; time < 2; time++) {
        const call = callOf(host, { caller: callerOf('user:bad') });
        const failure = await failureOf(replica.call(getStock, { sku: 'a' }, call));
        assert.deepEqual([failure.class, failure.code], ['REJECTED', 'unauthenticated']);
      }
      assert.equal(server.connections[0]?.inFlight, 0);
    }
  });

  it('waits for tokens that take a while, on both sides', async () => {
    const slow = createTestTokens();
    const tokens = {
      tokenFor: async (...made: Parameters<typeof slow.tokenFor>) => slow.tokenFor(...made),
      callerOf: async (...sent: Parameters<typeof slow.callerOf>) => slow.callerOf(...sent),
    };
    const handle = (_operation: unknown, _input: unknown, { caller }: Call) => caller.subject;
    const server = await bench.serve(handle, { tokens });
    const replica = await bench.connect(server, { tokens });
    const subjects = ['user:ada', 'user:bob', 'user:ada'].map((subject) =>
      replica.call(getStock, {}, callOf(host, { caller: callerOf(subject) })),
    );
    assert.deepEqual(await Promise.all(subjects), ['user:ada', 'user:bob', 'user:ada']);
  });

  it('is not decided here when this process may not pass the caller on', async () => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const tokens = createTestTokens({
      tokenFor: () => {
        throw Failure.rejected('forbidden', 'Not to be passed on.');
      },
    });
    const replica = await bench.connect(server, { tokens });
    assert.equal((await failureOf(replica.call(getStock, {}, callOf(host)))).code, 'forbidden');
  });
});

describe('who is on the line', () => {
  const refused = async (overrides: Parameters<typeof bench.dial>[1], lines: RegExp) => {
    const server = await bench.serve(() => assert.fail('must not arrive'));
    const replica = bench.dial({ path: server.path }, overrides);
    while (!replica.log.lines.some((line) => line.startsWith('warn'))) await nextTurn();
    assert.equal(replica.state, 'connecting');
    assert.match([...server.log.lines, ...replica.log.lines].join('\n'), lines);
    assert.equal(server.connections.length, 0);
  };

  it('must prove it, the dialler …', async () => {
    await refused({ identity: createTestIdentity('orders-1', { forged: true }) }, /broke/);
    await refused({ identity: createTestIdentity('unheard-of') }, /broke/);
  });

  it('… and the acceptor', async () => {
    const identity = createTestIdentity('inventory-1', { forged: true });
    const server = await bench.serve(() => 1, { identity });
    const replica = bench.dial({ path: server.path });
    while (!replica.log.lines.some((line) => line.includes('broke'))) await nextTurn();
    assert.equal(replica.state, 'connecting');
    assert.equal(server.connections.length, 0);
  });

  it('must be of the same system, and the replica that was dialled', async () => {
    await refused({ self: PEERS['stranger-1'] as Peer }, /broke/);
    await refused({ name: 'inventory-2' }, /broke/);
  });

  it('must serve nothing that its grant does not name', async () => {
    const server = await bench.serve(() => 1, { self: PEERS['orders-1'] as Peer });
    const replica = bench.dial({ path: server.path }, { name: 'orders-1' });
    while (!replica.log.lines.some((line) => line.includes('broke'))) await nextTurn();
    assert.equal(replica.state, 'connecting');
  });
});

describe('how many calls are unanswered', () => {
  it('is never more than the callee allows, waiting calls apart', async () => {
    const gate = createGate();
    const server = await bench.serve(() => gate.promise, { maxInFlight: 2 });
    const replica = await bench.connect(server);
    const make = () => replica.call(getStock, { sku: 'a' }, callOf(host));
    const first = [make(), make()];
    const failure = await failureOf(make());
    assert.deepEqual([failure.class, failure.code], ['NOT_SENT', 'no-credit']);
    const waiting = Array.from({ length: 5 }, () => replica.call(nextChange, {}, callOf(host)));
    assert.equal(replica.inFlight, 7);
    gate.resolve();
    await Promise.all([...first, ...waiting]);
    await make();
  });

  it('changes when the callee says so', async () => {
    const gate = createGate();
    const server = await bench.serve((operation) => operation === getStock && gate.promise, {
      maxInFlight: 1,
    });
    const replica = await bench.connect(server);
    const make = () => replica.call(getStock, { sku: 'a' }, callOf(host));
    const first = make();
    assert.equal((await failureOf(make())).code, 'no-credit');
    server.setCredit(3);
    // Its answer comes behind the new credit.
    await replica.call(nextChange, {}, callOf(host));
    const more = [make(), make()];
    assert.equal((await failureOf(make())).code, 'no-credit');
    gate.resolve();
    await Promise.all([first, ...more]);
  });

  it('is a slot free again when its call is cancelled', async () => {
    const server = await bench.serve(() => new Promise(() => {}), { maxInFlight: 1 });
    const replica = await bench.connect(server);
    for (let time = 0; time < 20; time++) {
      const cancellation = new Cancellation();
      const call = failureOf(replica.call(getStock, {}, callOf(host, { cancellation })));
      cancellation.cancel();
      assert.equal((await call).class, 'CANCELLED');
    }
    assert.equal(replica.state, 'ready');
  });
});

describe('a server', () => {
  it('does not take the address of one that listens, and takes that of one that was killed', async () => {
    const server = await bench.serve(() => 1);
    await assert.rejects(
      bench.serve(() => 2, { listen: { path: server.path } }),
      /another process/,
    );
  });

  it('knows who is connected', async () => {
    const server = await bench.serve(() => 1);
    await bench.connect(server);
    assert.deepEqual(
      server.connections.map(({ peer }) => peer.replica),
      ['orders-1'],
    );
    assert.ok(Inventory);
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
