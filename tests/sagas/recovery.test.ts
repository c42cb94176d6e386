import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pivot, saga, step } from '@portico/service';
import type { OpenStore } from '@portico/store/spi';
import { common, note, settled, simulate } from './fixture.ts';

const slow = saga('slow', common, [
  step('one', {
    timeoutMs: 60_000,
    do: async ({ id }, { uses, transaction }) => {
      await uses.part.act({ name: id });
      await transaction(async ({ db }) => void (await note(db, `${id} one`)));
    },
    undo: 'nothing',
  }),
  pivot('decide', async ({ id }, { db }) => void (await note(db, `${id} decided`))),
]);

/** A process that can be stopped and continued, like one under SIGSTOP: its transactions wait. */
function createStoppable() {
  let stopped: PromiseWithResolvers<void> | undefined;
  return {
    stop() {
      stopped = Promise.withResolvers();
    },
    go() {
      stopped?.resolve();
      stopped = undefined;
    },
    wrap: (kept: OpenStore): OpenStore =>
      new Proxy(kept, {
        get(target, member) {
          const value = Reflect.get(target, member);
          if (typeof value !== 'function') return value;
          if (member !== 'transaction') return value.bind(target);
          return async (...args: unknown[]) => {
            await stopped?.promise;
            return await Reflect.apply(value, target, args);
          };
        },
      }),
  };
}

describe('two processes on one store', () => {
  test('the one that was stopped beyond its lease changes nothing any more', () =>
    simulate(async ({ host, start }) => {
      const stoppable = createStoppable();
      // Its intent is committed and its call has begun; then it stands still.
      const before = () => stoppable.stop();
      const first = await start({ sagas: { slow }, wrap: stoppable.wrap, behave: { before } });
      const second = await start({ sagas: { slow } });
      await first.begin('a');
      await host.advance(5_000);
      assert.equal((await second.saga('a')).state, 'running');
      assert.equal((await second.saga('a')).fence, 1);
      await host.advance(10_000);
      assert.equal((await second.saga('a')).state, 'done');
      assert.ok((await second.saga('a')).fence > 1);
      stoppable.go();
      await host.advance(10_000);
      assert.deepEqual(await second.effects(), ['do a']);
      assert.deepEqual(await second.effects('owner'), ['a one', 'a decided']);
      const statuses = (await second.saga('a')).history.map((one) => one.status);
      assert.deepEqual(statuses, ['interrupted', 'done', 'done']);
    }));

  test('share what is due, each saga in one of them', () =>
    simulate(async ({ host, start }) => {
      const nodes = [await start({ sagas: { slow } }), await start({ sagas: { slow } })];
      const ids = Array.from({ length: 20 }, (_, n) => `s${n}`);
      for (const [n, id] of ids.entries()) await nodes[n % 2]?.begin(id);
      await host.advance(5_000);
      const effects = (await nodes[0]?.effects()) ?? [];
      assert.deepEqual([...effects].sort(), ids.map((id) => `do ${id}`).sort());
    }));
});

describe('a process that dies', () => {
  const diesAtFirstCall = () => {
    const stoppable = createStoppable();
    const { wrap, stop } = stoppable;
    return { stoppable, options: { sagas: { slow }, wrap, behave: { before: stop } } };
  };

  test('is carried on at once by its next run', () =>
    simulate(async ({ host, start }) => {
      const { stoppable, options } = diesAtFirstCall();
      const first = await start({ ...options, replica: 'owner-1' });
      await first.begin('a');
      await host.advance(100);
      const next = await start({ sagas: { slow }, replica: 'owner-1' });
      await host.advance(100);
      const { state, history } = await next.saga('a');
      assert.equal(state, 'done');
      const statuses = history.map(({ status }) => status);
      assert.deepEqual(statuses, ['interrupted', 'done', 'done']);
      stoppable.go();
      await host.advance(10_000);
      assert.deepEqual(await next.effects(), ['do a']);
      assert.deepEqual(await next.effects('owner'), ['a one', 'a decided']);
    }));

  test('keeps what it held from a replica of another name until its lease is over', () =>
    simulate(async ({ host, start }) => {
      const { stoppable, options } = diesAtFirstCall();
      const first = await start({ ...options, replica: 'owner-1' });
      await first.begin('a');
      await host.advance(100);
      const other = await start({ sagas: { slow }, replica: 'owner-2' });
      await host.advance(9_900);
      assert.equal((await other.saga('a')).fence, 1);
      await host.advance(1_500);
      assert.equal((await other.saga('a')).state, 'done');
      stoppable.go();
      await host.advance(100);
    }));

  test('goes on at once however often it died, but not for ever with a step that kills it', () =>
    simulate(async ({ host, start }) => {
      const deaths: ReturnType<typeof diesAtFirstCall>[] = [];
      for (const _death of Array.from({ length: 4 })) {
        const { stoppable, options } = diesAtFirstCall();
        deaths.push({ stoppable, options });
        const node = await start({ ...options, replica: 'owner-1' });
        if (deaths.length === 1) await node.begin('a');
        await host.advance(100);
        assert.equal((await node.saga('a')).failures, deaths.length);
      }
      const { stoppable, options } = diesAtFirstCall();
      const fifth = await start({ ...options, replica: 'owner-1' });
      await host.advance(100);
      assert.equal((await fifth.saga('a')).failures, 5);
      stoppable.stop();
      const sixth = await start({ sagas: { slow }, replica: 'owner-1' });
      await host.advance(100);
      assert.equal((await sixth.saga('a')).state, 'running');
      await host.advance(15_000);
      assert.equal((await sixth.saga('a')).state, 'done');
      for (const death of [...deaths, { stoppable }]) death.stoppable.go();
      await host.advance(100);
      assert.deepEqual(await sixth.effects(), ['do a']);
    }));
});

describe('a process that drains', () => {
  test('ends the step under way and gives the saga back, so that another goes on at once', () =>
    simulate(async ({ host, start }) => {
      const gate = Promise.withResolvers<void>();
      const first = await start({ sagas: { slow }, behave: { before: () => gate.promise } });
      const second = await start({ sagas: { slow } });
      await first.begin('a');
      await host.advance(100);
      const drained = first.runtime.drain();
      await host.advance(100);
      gate.resolve();
      await settled(host, drained);
      const left = await second.saga('a');
      assert.deepEqual([left.step, left.holder, left.state], ['decide', '', 'running']);
      await host.advance(1_100);
      assert.equal((await second.saga('a')).state, 'done');
    }));

  test('hands back a step that does not end in time, without counting it as failed', () =>
    simulate(async ({ host, start }) => {
      const never = new Promise<void>(() => {});
      const first = await start({ sagas: { slow }, behave: { before: () => never } });
      const second = await start({ sagas: { slow } });
      await first.begin('a');
      await host.advance(100);
      await settled(host, first.runtime.drain({ graceMs: 500 }));
      const left = await second.saga('a');
      assert.deepEqual([left.step, left.holder, left.failures], ['one', '', 0]);
      await host.advance(1_100);
      assert.equal((await second.saga('a')).state, 'done');
    }));
});

describe('a release', () => {
  const one = step<
    { id: string; receipts: string[] },
    typeof common.uses,
    typeof common.store,
    typeof common.api
  >('one', {
    do: async ({ id }, { uses }) => void (await uses.part.act({ name: id })),
    undo: 'nothing',
  });
  const old = saga('trip', common, [one, pivot('decide')]);
  const current = saga('trip', { ...common, version: 2 }, [pivot('decide')]);
  const renamed = saga('trip', common, [pivot('decided')]);

  test('that lacks a definition with sagas under way does not start, and says which', () =>
    simulate(async ({ host, start }) => {
      const never = new Promise<void>(() => {});
      const first = await start({ sagas: { old }, behave: { before: () => never } });
      await first.begin('a');
      await settled(host, first.runtime.drain({ graceMs: 10 }));
      await assert.rejects(start({ sagas: { current } }), /"owner": 1 of "trip" version 1\. List/);
      await assert.rejects(start({ sagas: {} }), /"owner": 1 of "trip" version 1\. List/);
      await assert.rejects(start({ sagas: { renamed } }), /at the step "one", which it does not/);
      const both = await start({ sagas: { current, old } });
      await host.advance(5_000);
      assert.equal((await both.saga('a')).state, 'done');
      await both.begin('b');
      await host.advance(100);
      assert.equal((await both.saga('b')).version, 2);
    }));
});

const PROCESS = fileURLToPath(new URL('./fixture-process.ts', import.meta.url));

describe('processes that are killed', () => {
  test('leave every saga all done or all undone, each effect once', {
    timeout: 60_000,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'portico-sagas-'));
    try {
      let ended = '';
      for (const [generation, kill] of [7, 25, 40, 11, 60, Infinity].entries()) {
        const child = spawn(process.execPath, [PROCESS, directory, String(generation)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        let lines = 0;
        for await (const line of createInterface({ input: child.stdout })) {
          if (++lines === kill) child.kill('SIGKILL');
          ended = line;
        }
        await exited;
      }
      const { problems, states } = JSON.parse(ended) as {
        problems: string[];
        states: Record<string, number>;
      };
      assert.deepEqual(problems, []);
      assert.ok((states.done ?? 0) > 0 && (states.undone ?? 0) > 0, JSON.stringify(states));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
