import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createHost } from '@portico/host';
import { inWorld, type Node } from './fixture.ts';

const PROCESS = fileURLToPath(new URL('./sink-process.ts', import.meta.url));

/** What a consumer has told: how many runs there were, and of which event the last. */
type IsEnough = (told: { readonly runs: number; readonly n: number }) => boolean;

/** Runs a consumer until that is enough, then kills it; it may also die by itself. */
async function runUntil(directory: string, isEnough: IsEnough): Promise<number> {
  const child = spawn(process.execPath, [PROCESS, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const over = once(child, 'exit');
  let runs = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    runs++;
    if (isEnough({ runs, n: Number(line) })) child.kill('SIGKILL');
  }
  await over;
  return runs;
}

/** A world whose events are published, and heard by other processes only. */
async function publishOnly(work: (node: Node, directory: string) => Promise<void>): Promise<void> {
  await inWorld(createHost(), async ({ start, directory }) => {
    const node = await start({ isHeard: false });
    await work(node, directory);
  });
}

test('has each effect once, in order, when the consumer is killed again and again', () =>
  publishOnly(async (node, directory) => {
    const events = Array.from({ length: 401 }, (_, n) => ({ key: `k${n % 5}`, n }));
    await node.publish(...events);
    for (const count of [1, 40, 3, 111, 67]) {
      assert.equal((await runUntil(directory, ({ runs }) => runs === count)) >= count, true);
      const ns = (await node.effects()).map(({ n }) => n);
      assert.deepEqual(ns, [...ns.keys()], 'effects are the events, in order and without a gap');
    }
    await runUntil(directory, ({ n }) => n === 400);
    const ns = (await node.effects()).map(({ n }) => n);
    assert.deepEqual(ns.slice(0, 400), [...Array(400).keys()]);
  }));

test('gives up an event that kills its process three times, and lets others go on', () =>
  publishOnly(async (node, directory) => {
    await node.publish({ key: 'a', n: 1 }, { key: 'deadly', n: 2 }, { key: 'b', n: 3 });
    const runs = [];
    for (let life = 0; life < 3; life++) runs.push(await runUntil(directory, () => false));
    assert.deepEqual(runs, [2, 1, 1]);
    await runUntil(directory, ({ n }) => n === 3);
    const letters = await node.stores.sink.deliveries.letters.page(undefined, 10);
    assert.deepEqual(
      letters.map(({ reason, key }) => [reason, key]),
      [['died', 'deadly']],
    );
  }));
