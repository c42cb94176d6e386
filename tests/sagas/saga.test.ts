import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { abortSaga, pivot, saga, step, wait } from '@portico/service';
import type { OpenStore } from '@portico/store/spi';
import { type Behaviour, common, note, Refused, settled, simulate } from './fixture.ts';

/** Two steps, the pivot, one step. */
const trip = saga(
  'trip',
  {
    ...common,
    undone: async ({ id }, { db }, { reason }) =>
      void (await note(db, `undone ${id} ${reason.name}`)),
  },
  [
    step('one', {
      do: async ({ id, receipts }, { uses }) => {
        const { receipt } = await uses.part.act({ name: `${id}/one` });
        return { receipts: [...receipts, receipt] };
      },
      undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: `${id}/one` })),
    }),
    step('two', {
      do: async ({ id, receipts }, { uses, transaction }) => {
        const { receipt } = await uses.part.act({ name: `${id}/two` });
        return await transaction(async ({ db, publish }) => {
          await note(db, `${id} two`);
          await publish('Noted', { what: `${id} two` });
          return { receipts: [...receipts, receipt] };
        });
      },
      undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: `${id}/two` })),
    }),
    pivot('decide', async ({ id }, { db }) => void (await note(db, `${id} decided`))),
    step('three', {
      do: async ({ id }, { uses }) => void (await uses.part.act({ name: `${id}/three` })),
    }),
  ],
);
const sagas = { trip };

/** Throws `problem` as often as said when `what` comes along. */
function failing(what: string, times: number, problem: () => unknown): Behaviour['before'] {
  let left = times;
  return (seen) => {
    if (seen !== what || left === 0) return;
    left--;
    throw problem();
  };
}

/** A store whose transactions are undone when they have done everything, while `undoes` says so. */
function undoing(store: OpenStore, undoes: () => boolean): OpenStore {
  const transaction: OpenStore['transaction'] = (work, options) =>
    store.transaction(async (tx) => {
      const value = await work(tx);
      if (undoes()) throw new Error('Undone.');
      return value;
    }, options);
  return new Proxy(store, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const trouble = () => new Error('Out of order.');

describe('a saga', () => {
  test('does its steps in order, each effect once, and keeps what they return', () =>
    simulate(async ({ host, start }) => {
      const node = await start({ sagas });
      assert.equal(await node.begin('a'), true);
      assert.equal(await node.begin('a'), false, 'the second one of an id is none');
      await host.advance(100);
      const found = await node.saga('a');
      assert.equal(found.state, 'done');
      assert.deepEqual(found.data, { id: 'a', receipts: ['r-a/one', 'r-a/two'] });
      assert.deepEqual(await node.effects(), ['do a/one', 'do a/two', 'do a/three']);
      assert.deepEqual(await node.effects('owner'), ['a two', 'a decided']);
      const history = found.history.map((one) => [one.step, one.direction, one.status, one.key]);
      assert.deepEqual(history, [
        ['one', 'do', 'done', 'a/one'],
        ['two', 'do', 'done', 'a/two'],
        ['decide', 'do', 'done', 'a/decide'],
        ['three', 'do', 'done', 'a/three'],
      ]);
    }));

  test('makes no attempt when the transaction that starts it is undone, and can be started again', () =>
    simulate(async ({ host, start }) => {
      let undoes = false;
      const wrap = (store: OpenStore, name: string): OpenStore =>
        name === 'part' ? store : undoing(store, () => undoes);
      const node = await start({ sagas, wrap });
      undoes = true;
      await assert.rejects(node.begin('a'));
      undoes = false;
      await host.advance(60_000);
      assert.deepEqual(await node.effects(), []);
      await assert.rejects(node.saga('a'), { code: 'not-found' });
      assert.equal(await node.begin('a'), true);
      await host.advance(100);
      assert.deepEqual(await node.effects(), ['do a/one', 'do a/two', 'do a/three']);
    }));

  test('is followed by handlers of its service, who hear at once that it has moved', () =>
    simulate(async ({ host, start }) => {
      const one = Promise.withResolvers<void>();
      const two = Promise.withResolvers<void>();
      const gates: Readonly<Record<string, Promise<void>>> = {
        'do a/one': one.promise,
        'do a/two': two.promise,
      };
      const before = (what: string) => gates[what];
      const node = await start({ sagas, behave: { before } });
      await node.begin('a');
      await host.advance(10);
      let seen: unknown;
      void node.owner.await({ id: 'a', step: 'two' }).then((value) => {
        seen = value;
      });
      await host.advance(10);
      assert.equal(seen, undefined);
      one.resolve();
      await host.advance(10);
      assert.deepEqual(seen, { looks: 2 });
      two.resolve();
    }));

  test('is undone in reverse when a contract says no before the pivot', () =>
    simulate(async ({ host, start }) => {
      const before = failing('do a/two', 1, () => Refused());
      const node = await start({ sagas, behave: before ? { before } : {} });
      await node.begin('a');
      await host.advance(100);
      const found = await node.saga('a');
      assert.equal(found.state, 'undone');
      assert.equal(found.reason?.name, 'Refused');
      assert.equal(found.reason?.step, 'two');
      assert.deepEqual(await node.effects(), ['do a/one', 'undo a/one']);
      assert.deepEqual(await node.effects('owner'), ['undone a Refused']);
    }));

  test('asks again under the same key when an answer is lost', () =>
    simulate(async ({ host, start }) => {
      const after = failing('do a/one', 1, trouble);
      const node = await start({ sagas, behave: after ? { after } : {} });
      await node.begin('a');
      await host.advance(5_000);
      assert.equal((await node.saga('a')).state, 'done');
      assert.deepEqual(await node.effects(), ['do a/one', 'do a/two', 'do a/three']);
      const statuses = (await node.saga('a')).history.slice(0, 2).map(({ status }) => status);
      assert.deepEqual(statuses, ['failed', 'done']);
    }));

  test('turns back at its deadline, and a call that arrives late is refused for ever', () =>
    simulate(async ({ host, start }) => {
      const before = failing('do a/two', 1_000, trouble);
      const node = await start({ sagas, behave: before ? { before } : {} });
      await node.begin('a');
      await host.advance(10 * 60_000);
      const found = await node.saga('a');
      assert.equal(found.state, 'undone');
      assert.equal(found.reason?.kind, 'deadline');
      assert.deepEqual(await node.effects(), ['do a/one', 'undo a/one']);
      const late = settled(host, node.part.act({ name: 'a/two' }, { key: 'a/two/part.act' }));
      await assert.rejects(late, { class: 'REJECTED', code: 'key-mismatch' });
    }));

  test('goes on for ever after its pivot, and says once that it is stuck', () =>
    simulate(async ({ host, start }) => {
      let isBroken = true;
      const before = (what: string) => {
        if (what === 'do a/three' && isBroken) throw trouble();
      };
      const node = await start({ sagas, behave: { before } });
      await node.begin('a');
      await host.advance(3 * 3_600_000);
      const stuck = await node.saga('a');
      assert.equal(stuck.state, 'running');
      assert.equal(stuck.stuck, true);
      const alarms = node.lines.filter(({ message }) => message === 'A saga is stuck.');
      assert.equal(alarms.length, 1);
      assert.deepEqual(
        await node.runtime.sagas.list({ service: 'owner', stuck: true, type: 'x' }),
        [],
      );
      const [listed] = await node.runtime.sagas.list({ service: 'owner', stuck: true });
      assert.equal(listed?.id, 'a');
      assert.ok(stuck.history.length < 30, 'the history of endless attempts is bounded');
      isBroken = false;
      await settled(host, node.runtime.sagas.retry({ service: 'owner', id: 'a', by: 'olga' }));
      await host.advance(100);
      const ended = await node.saga('a');
      assert.equal(ended.state, 'done');
      assert.equal(ended.stuck, false);
      const operated = ended.history.filter(({ direction }) => direction === 'operator');
      assert.deepEqual(
        operated.map(({ key, status }) => [key, status]),
        [['olga', 'retry']],
      );
    }));

  test('never gives up undoing', () =>
    simulate(async ({ host, start }) => {
      const undoing = failing('undo a/one', 20, trouble);
      const before = (what: string) => {
        if (what === 'do a/two') throw Refused();
        return undoing?.(what);
      };
      const node = await start({ sagas, behave: { before } });
      await node.begin('a');
      await host.advance(30 * 60_000);
      assert.equal((await node.saga('a')).state, 'undone');
      assert.deepEqual(await node.effects(), ['do a/one', 'undo a/one']);
    }));

  test('can be given up before the pivot, by its service and by operators, and not after it', () =>
    simulate(async ({ host, start }) => {
      const before = (what: string) => {
        if (/(one|three)$/.test(what) && what.startsWith('do')) throw trouble();
      };
      const node = await start({ sagas, behave: { before } });
      await node.begin('a');
      await node.begin('b');
      await host.advance(3_000);
      const { found } = await settled(host, node.owner.abort({ id: 'a' }));
      assert.equal(found, true);
      const decision = { service: 'owner', by: 'olga', reason: 'Fraud' };
      await settled(host, node.runtime.sagas.abort({ ...decision, id: 'b' }));
      await host.advance(3_000);
      for (const [id, name] of [
        ['a', 'NotWanted'],
        ['b', 'Fraud'],
      ] as const) {
        const { state, reason } = await node.saga(id);
        assert.equal(state, 'undone');
        assert.equal(reason?.name, name);
      }
      assert.equal((await settled(host, node.owner.abort({ id: 'a' }))).found, false);
      await assert.rejects(settled(host, node.runtime.sagas.abort({ ...decision, id: 'b' })), {
        code: 'precondition-failed',
      });
      await assert.rejects(settled(host, node.runtime.sagas.abort({ ...decision, id: 'none' })), {
        code: 'not-found',
      });
    }));

  test('is not given up any more once its pivot has passed; an operator can resolve it', () =>
    simulate(async ({ host, start }) => {
      const before = failing('do a/three', 1_000, trouble);
      const node = await start({ sagas, behave: before ? { before } : {} });
      await node.begin('a');
      await host.advance(3_000);
      assert.equal((await settled(host, node.owner.abort({ id: 'a' }))).found, false);
      const decision = { service: 'owner', id: 'a', by: 'olga', reason: 'Done by hand.' };
      await assert.rejects(settled(host, node.runtime.sagas.abort(decision)), {
        code: 'precondition-failed',
      });
      await settled(host, node.runtime.sagas.resolve(decision));
      await host.advance(100_000);
      const found = await node.saga('a');
      assert.equal(found.state, 'resolved');
      assert.equal(found.history.at(-1)?.status, 'resolve');
      assert.deepEqual(found.history.at(-1)?.result, { reason: 'Done by hand.' });
      await assert.rejects(settled(host, node.runtime.sagas.resolve(decision)), {
        code: 'precondition-failed',
      });
    }));

  test('is undone when its pivot says no, and nothing of the pivot stays', () =>
    simulate(async ({ host, start }) => {
      const torn = saga('torn', common, [
        step('one', {
          do: async ({ id }, { uses }) => void (await uses.part.act({ name: id })),
          undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: id })),
        }),
        pivot('decide', async ({ id }, { db }) => {
          await note(db, id);
          throw abortSaga('TooLate');
        }),
      ]);
      const node = await start({ sagas: { torn } });
      await node.begin('a');
      await host.advance(100);
      const found = await node.saga('a');
      assert.equal(found.state, 'undone');
      assert.equal(found.reason?.name, 'TooLate');
      assert.deepEqual(await node.effects(), ['do a', 'undo a']);
      assert.deepEqual(await node.effects('owner'), []);
    }));

  test('turns back when a step has used up its attempts', () =>
    simulate(async ({ host, start }) => {
      const short = saga('short', common, [
        step('one', {
          do: async ({ id }, { uses }) => void (await uses.part.act({ name: id })),
          undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: id })),
          attemptsMax: 2,
        }),
        pivot('decide'),
      ]);
      const after = failing('do a', 1_000, trouble);
      const tries: string[] = [];
      const before = (what: string) => {
        tries.push(what);
        throw trouble();
      };
      const node = await start({ sagas: { short }, behave: after ? { after, before } : {} });
      await node.begin('a');
      await host.advance(10_000);
      assert.equal((await node.saga('a')).reason?.kind, 'limit');
      assert.deepEqual(tries, ['do a', 'do a']);
      assert.equal((await node.saga('a')).state, 'undone', 'there is nothing to undo');
    }));
});

describe('a saga that waits', () => {
  let woken = false;
  const waiting = saga('waiting', { ...common, deadlineMs: 3_600_000 }, [
    step('one', {
      do: async ({ id, receipts }, { uses, attempt }) => {
        await uses.part.act({ name: id });
        return woken
          ? { receipts: ['woken'] }
          : wait(60_000, { receipts: [...receipts, `${attempt}`] });
      },
      undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: id })),
    }),
    pivot('decide'),
  ]);

  test('runs its step again when the time has come, and keeps what it returned', () =>
    simulate(async ({ host, start }) => {
      const node = await start({ sagas: { waiting } });
      await node.begin('a');
      await host.advance(65_000);
      const found = await node.saga('a');
      assert.deepEqual(found.data, { id: 'a', receipts: ['1', '2'] });
      assert.equal(found.holder, '', 'it holds no process meanwhile');
      assert.deepEqual(await node.effects(), ['do a']);
    }));

  test('goes on at once when it is woken, and turns back at its deadline', () =>
    simulate(async ({ host, start }) => {
      const node = await start({ sagas: { waiting } });
      await node.begin('a');
      await node.begin('b');
      await host.advance(1_000);
      woken = true;
      assert.deepEqual(await settled(host, node.owner.wake({ id: 'a' })), { found: true });
      await host.advance(20);
      assert.equal((await node.saga('a')).state, 'done');
      woken = false;
      assert.deepEqual(await settled(host, node.owner.wake({ id: 'none' })), { found: false });
      await host.advance(3_700_000);
      assert.equal((await node.saga('b')).state, 'undone');
      assert.deepEqual(await node.effects(), ['do a', 'do b', 'undo b']);
    }));

  test('does not miss being woken while its attempt is under way', () =>
    simulate(async ({ host, start }) => {
      const gate = Promise.withResolvers<void>();
      const node = await start({ sagas: { waiting }, behave: { before: () => gate.promise } });
      await node.begin('a');
      await host.advance(100);
      await settled(host, node.owner.wake({ id: 'a' }));
      gate.resolve();
      await host.advance(20);
      assert.deepEqual((await node.saga('a')).data, { id: 'a', receipts: ['1', '2'] });
    }));
});

describe('a step that is 30 days old', () => {
  test('waits for an operator who forces it, since its key may be forgotten', () =>
    simulate(async ({ host, start }) => {
      let isBroken = true;
      const calls: string[] = [];
      const before = (what: string) => {
        calls.push(what);
        if (isBroken) throw trouble();
      };
      const patient = saga('patient', common, [
        pivot('decided'),
        step('one', {
          do: async ({ id }, { uses }) => void (await uses.part.act({ name: id })),
        }),
      ]);
      const node = await start({ sagas: { patient }, behave: { before } });
      await node.begin('a');
      await host.advance(5_000);
      host.jump(30 * 24 * 3_600_000);
      await host.advance(120_000);
      const held = await node.saga('a');
      assert.deepEqual([held.stuck, held.nextAt, held.holder], [true, undefined, '']);
      const before30 = calls.length;
      const decision = { service: 'owner', id: 'a', by: 'olga' };
      await assert.rejects(settled(host, node.runtime.sagas.retry(decision)), {
        code: 'precondition-failed',
      });
      await host.advance(600_000);
      assert.equal(calls.length, before30);
      isBroken = false;
      await settled(host, node.runtime.sagas.retry({ ...decision, force: true }));
      await host.advance(1_000);
      assert.equal((await node.saga('a')).state, 'done');
    }));
});

describe('sagas of a queue', () => {
  test('run one after the other, in the order of their start', () =>
    simulate(async ({ host, start }) => {
      const gate = Promise.withResolvers<void>();
      const before = (what: string) => (what === 'do a/one' ? gate.promise : undefined);
      const node = await start({ sagas, behave: { before } });
      await node.begin('a', 'q');
      await node.begin('b', 'q');
      await node.begin('c');
      await host.advance(1_000);
      assert.equal((await node.saga('c')).state, 'done');
      assert.equal((await node.saga('b')).attempts, 0);
      const { sagas: seen } = await settled(host, node.owner.look({ queue: 'q' }));
      assert.deepEqual(seen, ['a running one', 'b running one']);
      gate.resolve();
      await host.advance(50);
      assert.equal((await node.saga('a')).state, 'done');
      assert.equal((await node.saga('b')).state, 'done');
    }));
});

describe('the keys of a step', () => {
  test('are a mistake to use twice, and the saga is told', () =>
    simulate(async ({ host, start }) => {
      const twice = saga('twice', { ...common, deadlineMs: 5_000 }, [
        step('one', {
          do: async ({ id }, { uses }) => {
            await uses.part.act({ name: id });
            await uses.part.act({ name: `${id}2` });
          },
          undo: async ({ id }, { uses, key, forwardKey }) => {
            await uses.part.unact({ name: id });
            const undoes = forwardKey('second');
            await uses.part.unact({ name: `${id}2` }, { key: key('second'), undoes });
          },
        }),
        pivot('decide'),
      ]);
      const node = await start({ sagas: { twice } });
      await node.begin('a');
      await host.advance(20_000);
      const found = await node.saga('a');
      assert.equal(found.state, 'undone');
      assert.match(JSON.stringify(found.history[0]?.result), /key-reused/);
      assert.deepEqual(await node.effects(), ['do a', 'undo a']);
    }));
});
