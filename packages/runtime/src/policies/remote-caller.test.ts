import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure, type Operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { type Call, Cancellation } from '@portico/service';
import type { CallerPolicies } from './defaults.ts';
import {
  type Behaviour,
  callFrom,
  createFakeReplica,
  failing,
  outcomeOf,
  Stock,
  silent,
} from './fixtures.ts';
import { createRemoteCaller } from './remote-caller.ts';

const { read, take, ring, wait } = Stock.operations;

interface Setup {
  readonly policies?: Parameters<typeof createRemoteCaller>[0]['policies'];
}

function start(behaviours: readonly (Behaviour | undefined)[], { policies }: Setup = {}) {
  const host = createSimulatedHost({ seed: 3 });
  const replicas = behaviours.map((behaviour, index) => createFakeReplica(`r${index}`, behaviour));
  const caller = createRemoteCaller({
    ...{ host, service: 'stock', replicas: () => replicas },
    ...(policies === undefined ? {} : { policies }),
  });
  const call = (operation: Operation = read, changes: Partial<Call> = {}) =>
    caller.call(operation, {}, callFrom(host, changes));
  return { host, replicas, caller, call };
}

describe('a remote caller', () => {
  it('answers with what a replica answers, and with its failures', async () => {
    const known = Failure.rejected('invalid', 'Not like this.');
    const { call, caller } = start([failing(known)]);
    await assert.rejects(call(), known);
    assert.equal(await call(), 'answer');
    const { sent, succeeded, failed, inFlight } = caller.stats();
    assert.deepEqual(
      { sent, succeeded, failed, inFlight },
      { sent: 2, succeeded: 1, failed: { REJECTED: 1 }, inFlight: 0 },
    );
  });

  it('grants a replica what the operation may take, or less when its own caller has less', async () => {
    const { call, replicas, host } = start([undefined]);
    await call();
    await call(read, { deadline: host.clock.monotonic() + 200 });
    assert.deepEqual(
      replicas[0]?.calls.map(({ deadline }) => deadline),
      [1000, 190],
    );
  });

  it('sends nothing when less than 5 ms are left', async () => {
    const { call, host, caller } = start([undefined]);
    await assert.rejects(call(read, { deadline: host.clock.monotonic() + 14 }), (thrown) => {
      assert(thrown instanceof Failure);
      assert.deepEqual([thrown.class, thrown.details.started], ['DEADLINE', false]);
      return true;
    });
    assert.equal(caller.stats().sent, 0);
  });

  it('ends at its deadline though the replica never answers, and tells it so', async () => {
    const { call, host, replicas, caller } = start([silent]);
    const outcome = outcomeOf(call());
    await host.advance(1010);
    assert.equal(await outcome, 'DEADLINE');
    assert.equal(replicas[0]?.calls[0]?.cancellation.reason?.class, 'DEADLINE');
    assert.equal(caller.stats().inFlight, 0);
  });

  it('ends when its caller gives up, within the same turn, and tells the replica', async () => {
    const { call, replicas, caller } = start([silent]);
    const cancellation = new Cancellation();
    const outcome = outcomeOf(call(read, { cancellation }));
    cancellation.cancel();
    assert.equal(replicas[0]?.calls[0]?.cancellation.reason?.class, 'CANCELLED');
    assert.equal(caller.stats().inFlight, 0);
    assert.equal(await outcome, 'CANCELLED');
    assert.equal(await outcomeOf(call(read, { cancellation })), 'CANCELLED');
    assert.equal(caller.stats().sent, 1);
  });

  it('gives up between two attempts too', async () => {
    const { call, host, replicas } = start([failing('UNAVAILABLE')]);
    const cancellation = new Cancellation();
    const outcome = outcomeOf(call(read, { cancellation }));
    await host.advance(0);
    cancellation.cancel();
    await host.advance(2000);
    assert.equal(await outcome, 'CANCELLED');
    assert.equal(replicas[0]?.calls.length, 1);
  });

  it('tries another replica first, and numbers its attempts', async () => {
    const { call, host, replicas } = start([failing('REFUSED'), failing('REFUSED')]);
    const outcome = outcomeOf(call(ring));
    await host.advance(100);
    assert.equal(await outcome, 'answer');
    assert.deepEqual(replicas.map(({ calls }) => calls.length).sort(), [1, 2]);
    const attempts = replicas.flatMap(({ calls }) => calls.map(({ attempt }) => attempt));
    assert.deepEqual(attempts.sort(), [1, 2, 3]);
  });

  it('never sends an unsafe call twice that may have run', async () => {
    const { call, host, replicas } = start([failing('UNAVAILABLE')]);
    const outcome = outcomeOf(call(ring));
    await host.advance(2000);
    assert.equal(await outcome, 'UNAVAILABLE');
    assert.equal(replicas[0]?.calls.length, 1);
  });

  it('repeats a keyed call with its key', async () => {
    const { call, host, replicas } = start([failing('UNAVAILABLE')]);
    const outcome = outcomeOf(call(take, { key: 'k' }));
    await host.advance(100);
    assert.equal(await outcome, 'answer');
    assert.deepEqual(
      replicas[0]?.calls.map(({ key, attempt }) => [key, attempt]),
      [
        ['k', 1],
        ['k', 2],
      ],
    );
  });

  it('does not tell that nothing has happened when an earlier attempt may have run', async () => {
    const rejected = Failure.rejected('key-in-flight', 'Under way.');
    for (const second of ['NOT_SENT', 'REFUSED', 'OVERLOADED', rejected] as const) {
      const { call, host } = start([failing('UNAVAILABLE', second, second)]);
      const outcome = outcomeOf(call(take, { key: 'k' }));
      await host.advance(3000);
      assert.equal(await outcome, 'UNAVAILABLE');
    }
  });

  it('takes a call that a stopping replica has cancelled for one with unknown outcome', async () => {
    const { call, host, replicas } = start([failing('CANCELLED')]);
    const outcome = outcomeOf(call(ring));
    await host.advance(100);
    assert.equal(await outcome, 'UNAVAILABLE');
    assert.equal(replicas[0]?.calls.length, 1);
  });

  it('keeps no more than 256 calls under way, the last for who is critical, those that wait apart', async () => {
    const { call, host, caller } = start([silent]);
    const calls = Array.from({ length: 300 }, () => outcomeOf(call()));
    calls.push(...Array.from({ length: 300 }, () => outcomeOf(call(wait))));
    assert.equal(caller.stats().inFlight, 244);
    assert.equal(caller.stats().bulkheadRefused, 56);
    calls.push(
      ...Array.from({ length: 13 }, () => outcomeOf(call(ring, { criticality: 'critical' }))),
    );
    assert.equal(caller.stats().inFlight, 256);
    assert.equal(caller.stats().bulkheadRefused, 57);
    await host.advance(1010);
    const outcomes = await Promise.all(calls);
    assert.equal(outcomes.filter((outcome) => outcome === 'OVERLOADED').length, 57);
    assert.equal(caller.stats().inFlight, 0);
  });

  it('stops repeating when the budget is spent: the first error stands', async () => {
    const down: Behaviour = async () => {
      throw new Failure('UNAVAILABLE', 'unavailable', 'Down.');
    };
    const { call, host, caller } = start([down]);
    const calls = Array.from({ length: 100 }, () => outcomeOf(call()));
    await host.advance(3000);
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['UNAVAILABLE']));
    const { sent, retried, budgetRefused } = caller.stats();
    assert.equal(retried, 30);
    assert.equal(sent, 130);
    assert(budgetRefused >= 70);
  });

  it('comes back when an overloaded replica says, if there is time', async () => {
    const later = new Failure('OVERLOADED', 'overloaded', 'Later.', { retryAfterMs: 200 });
    const { call, host, replicas } = start([failing(later)]);
    const outcome = outcomeOf(call());
    await host.advance(199);
    assert.equal(replicas[0]?.calls.length, 1);
    await host.advance(30);
    assert.equal(await outcome, 'answer');
    const tooLate = new Failure('OVERLOADED', 'overloaded', 'Later.', { retryAfterMs: 2000 });
    const other = start([failing(tooLate)]);
    assert.equal(await outcomeOf(other.call()), 'OVERLOADED');
  });

  it('says that nobody was there, or that nobody has the operation', async () => {
    const { call, replicas, host } = start([undefined]);
    Object.assign(replicas[0] as object, { state: 'connecting' });
    const unsent = outcomeOf(call());
    await host.advance(100);
    assert.equal(await unsent, 'NOT_SENT');
    Object.assign(replicas[0] as object, { state: 'ready', serves: () => false });
    const refused = outcomeOf(call());
    await host.advance(100);
    assert.equal(await refused, 'REFUSED');
  });

  it('waits no longer than needed for a replica that breaks its promise and throws', async () => {
    const { call, caller } = start([
      () => {
        throw new TypeError('broken');
      },
    ]);
    assert.equal(await outcomeOf(call()), 'BUG');
    assert.equal(caller.stats().inFlight, 0);
  });

  it('shows who is ejected and how often', async () => {
    const { call, host, replicas, caller } = start([failing(...Array(5).fill('BUG')), undefined]);
    Object.assign(replicas[1] as object, { state: 'connecting' });
    for (let index = 0; index < 5; index++) await outcomeOf(call());
    Object.assign(replicas[1] as object, { state: 'ready' });
    const shown = caller.stats().replicas.map(({ name, isEjected, ejections }) => {
      return { name, isEjected, ejections };
    });
    assert.deepEqual(shown, [
      { name: 'r0', isEjected: true, ejections: 1 },
      { name: 'r1', isEjected: false, ejections: 0 },
    ]);
    assert.equal(caller.stats().ejected, 1);
    for (let index = 0; index < 5; index++) assert.equal(await call(), 'r1');
    await host.advance(5000);
    assert.equal(caller.stats().replicas[0]?.isEjected, false);
  });

  it('takes other limits where they are given, section by section', async () => {
    const retry: Partial<CallerPolicies['retry']> = { attemptsMax: 1 };
    const { call, replicas } = start([failing('REFUSED')], { policies: { retry } });
    assert.equal(await outcomeOf(call()), 'REFUSED');
    assert.equal(replicas[0]?.calls.length, 1);
  });
});
