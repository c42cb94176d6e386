import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedHost } from '@portico/host';
import { reject } from '@portico/service';
import {
  type Behave,
  type Node,
  settled,
  simulate,
  type World,
  withTransactions,
} from './fixture.ts';

/** A sink of batches, and how many events each of its runs got. */
async function startBatched(
  { start }: World<SimulatedHost>,
  options: { readonly behave?: Behave; readonly onCommit?: () => void } = {},
) {
  const sizes: number[] = [];
  const { behave, onCommit } = options;
  const node = await start({
    ...(behave ? { behave } : {}),
    sink: { onBatch: (size) => sizes.push(size) },
    wrap: (store) =>
      withTransactions(store, async (run, kind) => {
        const result = await run();
        if (kind.isHandler) onCommit?.();
        return result;
      }),
  });
  return { node, sizes };
}

function numbers(count: number, key = (n: number) => `k${n % 7}`) {
  return Array.from({ length: count }, (_, n) => ({ key: key(n), n }));
}

async function effectsOf(node: Node, key?: string): Promise<readonly number[]> {
  const effects = await node.effects();
  return effects.filter((effect) => key === undefined || effect.key === key).map(({ n }) => n);
}

test('handles events together: one transaction and one move of the cursor for up to 256', () =>
  simulate(async (world) => {
    let commits = 0;
    const { node, sizes } = await startBatched(world, { onCommit: () => commits++ });
    await node.publish(...numbers(600));
    await world.host.advance(500);
    assert.deepEqual(await effectsOf(node), [...Array(600).keys()]);
    assert.deepEqual(sizes, [256, 256, 88]);
    assert.equal(commits, 3);
    const [status] = await node.runtime.events.status();
    assert.equal(status?.position, 600);
  }));

test('takes apart what fails together, so that only the key of a poison event waits', () =>
  simulate(async (world) => {
    const handler = { isMended: false };
    const { node, sizes } = await startBatched(world, {
      behave: ({ payload: { n } }) => {
        if (n === 4 && !handler.isMended) throw reject('Number four.');
      },
    });
    await node.publish(...numbers(10, (n) => (n % 2 === 0 ? 'even' : 'odd')));
    await world.host.advance(500);
    assert.deepEqual(await effectsOf(node, 'odd'), [1, 3, 5, 7, 9]);
    assert.deepEqual(await effectsOf(node, 'even'), [0, 2]);
    assert.equal(sizes[0], 10);
    assert.deepEqual(new Set(sizes.slice(1)), new Set([1]));
    await node.publish({ key: 'odd', n: 11 }, { key: 'odd', n: 13 }, { key: 'even', n: 12 });
    await world.host.advance(500);
    assert.equal(sizes.at(-1), 2, 'what comes later is handled together again');
    const [letter, ...others] = await node.runtime.events.list();
    assert.deepEqual([letter?.reason, letter?.key, others.length], ['rejected', 'even', 0]);
    handler.isMended = true;
    const decision = { service: 'sink', letter: letter?.letter ?? '', by: 'ada' };
    await settled(world.host, node.runtime.events.redrive(decision));
    await world.host.advance(500);
    assert.deepEqual(await effectsOf(node, 'even'), [0, 2, 4, 6, 8, 12]);
    assert.deepEqual(await node.runtime.events.listParked(), []);
  }));

test('gives up data that does not fit, and handles what came with it', () =>
  simulate(async (world) => {
    const { node } = await startBatched(world);
    const append = (id: string, n: unknown) =>
      node.stores.source.transaction(
        async (tx) => {
          const envelope = JSON.stringify({ specversion: '1.0', data: { key: id, n } });
          await tx.append({ id, topic: 'source.Happened', key: id, envelope });
        },
        { deadline: world.host.clock.monotonic() + 5_000 },
      );
    const appended = Promise.all([append('e1', 1), append('e2', 'two'), append('e3', 3)]);
    await settled(world.host, appended);
    await world.host.advance(500);
    assert.deepEqual(await effectsOf(node), [1, 3]);
    const letters = await node.runtime.events.list();
    assert.deepEqual(
      letters.map(({ id, reason }) => [id, reason]),
      [['e2', 'invalid']],
    );
  }));

test('has each effect once when a batch fails late, and is done again one at a time', () =>
  simulate(async (world) => {
    let failures = 1;
    const { node, sizes } = await startBatched(world, {
      behave: ({ payload: { n } }) => {
        if (n === 9 && failures-- > 0) throw new Error('late in the batch');
      },
    });
    await node.publish(...numbers(10));
    await world.host.advance(500);
    assert.deepEqual(await effectsOf(node), [...Array(10).keys()], 'each once, none twice');
    assert.deepEqual(sizes, [10, ...Array(10).fill(1)]);
  }));
