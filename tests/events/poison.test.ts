import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reject } from '@portico/service';
import type { DeadLetter } from '@portico/store/spi';
import { type Node, type Payload, settled, simulate } from './fixture.ts';

const MINUTE_MS = 60_000;
/** Longer than all retries of an event together. */
const RETRIES_MS = 20 * MINUTE_MS;

/** Effects of one key. */
async function ofKey(node: Node, key: string): Promise<readonly number[]> {
  return (await node.effects()).filter((effect) => effect.key === key).map(({ n }) => n);
}

test('parks the key of an event that fails, in order, and lets other keys go on', () =>
  simulate(async ({ host, start }) => {
    let failing = true;
    const node = await start({
      behave: ({ payload }) => {
        if (failing && (payload as Payload).n === 1) throw new Error('not yet');
      },
    });
    await node.publish({ key: 'a', n: 1 }, { key: 'b', n: 2 }, { key: 'a', n: 3 });
    await host.advance(500);
    await node.publish({ key: 'a', n: 4 }, { key: 'b', n: 5 });
    await host.advance(500);
    assert.deepEqual(await ofKey(node, 'b'), [2, 5]);
    assert.deepEqual(await ofKey(node, 'a'), []);
    const [status] = await node.runtime.events.status();
    assert.equal(status?.parked, 3);
    assert.equal(status?.blockedKeys, 1);
    failing = false;
    await host.advance(10_000);
    assert.deepEqual(await ofKey(node, 'a'), [1, 3, 4]);
    await node.publish({ key: 'a', n: 6 });
    await host.advance(500);
    assert.deepEqual(await ofKey(node, 'a'), [1, 3, 4, 6]);
  }));

test('tries again after 1, 5, 25, 120 and 600 s, then gives the event up and blocks its key', () =>
  simulate(async ({ host, start }) => {
    const ranAt: number[] = [];
    const node = await start({
      behave: () => {
        ranAt.push(host.clock.now());
        throw new Error('never');
      },
    });
    await node.publish({ key: 'a', n: 1 });
    await host.advance(RETRIES_MS);
    const waits = ranAt.slice(1).map((at, index) => (at - (ranAt[index] ?? 0)) / 1_000);
    assert.equal(waits.length, 5);
    for (const [index, expected] of [1, 5, 25, 120, 600].entries()) {
      const wait = waits[index] ?? 0;
      assert(wait >= expected * 0.8 && wait <= expected * 1.2 + 0.2, `${expected} s took ${wait}`);
    }
    const [letter] = await node.runtime.events.list();
    assert.equal(letter?.reason, 'failed');
    assert.equal(letter?.attempts, 6);
    assert.equal(letter?.error, 'never');
    assert.equal(letter?.release, 'r1');
    assert.match(letter?.stack ?? '', /poison\.test/);
    const alarms = node.lines.filter(({ message }) => /are not delivered/.test(message));
    assert(alarms.length > 10);
    assert.equal(alarms.at(-1)?.fields.deadLetters, 1);
  }));

test('runs the parked rest in order when a dead letter is redriven', () =>
  simulate(async ({ host, start }) => {
    const failing = { is: true };
    const node = await start({ behave: () => failWhile(failing.is) });
    const letter = await diedFirst(node, () => host.advance(RETRIES_MS));
    failing.is = false;
    await host.advance(MINUTE_MS);
    assert.deepEqual(await node.effects(), []);
    const { events } = node.runtime;
    await settled(host, events.redrive({ service: 'sink', letter: letter.letter, by: 'ada' }));
    await host.advance(2_000);
    assert.deepEqual(await ofKey(node, 'a'), [1, 2, 3]);
    assert.deepEqual(await events.list(), []);
    assert(node.lines.some(({ fields }) => fields.by === 'ada'));
    const again = events.redrive({ service: 'sink', letter: letter.letter, by: 'ada' });
    await assert.rejects(settled(host, again), /has no dead letter/);
  }));

test('goes on without a dead letter that is discarded', () =>
  simulate(async ({ host, start }) => {
    const failing = { is: true };
    const node = await start({ behave: () => failWhile(failing.is) });
    const { letter } = await diedFirst(node, () => host.advance(RETRIES_MS));
    failing.is = false;
    const { events } = node.runtime;
    await settled(host, events.discard({ service: 'sink', letter, by: 'ada' }));
    await host.advance(2_000);
    assert.deepEqual(await ofKey(node, 'a'), [2, 3]);
    await node.publish({ key: 'a', n: 4 });
    await host.advance(2_000);
    assert.deepEqual(await ofKey(node, 'a'), [2, 3, 4]);
    const [status] = await events.status();
    assert.equal(status?.blockedKeys, 0);
    assert.equal(status?.oldestUndeliveredMs, 0);
  }));

test('gives an event up at once when its handler rejects it, and skips it where that is said', () =>
  simulate(async ({ host, start }) => {
    const node = await start({
      sink: { onPoison: 'skip' },
      behave: ({ payload }) => {
        if (payload.n === 1) throw reject('nothing to be done');
      },
    });
    await node.publish({ key: 'a', n: 1 }, { key: 'a', n: 2 });
    await host.advance(500);
    assert.deepEqual(await ofKey(node, 'a'), [2]);
    const [letter] = await node.runtime.events.list();
    assert.equal(letter?.reason, 'rejected');
    assert.equal(letter?.error, 'nothing to be done');
    assert.equal(letter?.blocks, false);
  }));

test('gives up data that does not fit, and drops fields that it does not know', () =>
  simulate(async ({ host, start }) => {
    const seen: unknown[] = [];
    const node = await start({ behave: ({ payload }) => seen.push(payload) });
    const envelope = (data: unknown) => JSON.stringify({ specversion: '1.0', data });
    const append = (id: string, text: string) =>
      node.stores.source.transaction(
        (tx) => tx.append({ id, topic: 'source.Happened', key: id, envelope: text }),
        { deadline: host.clock.monotonic() + 5_000 },
      );
    await settled(host, append('e1', envelope({ key: 'a', n: 1, added: { since: true } })));
    await settled(host, append('e2', envelope({ key: 'b', n: 'two' })));
    await settled(host, append('e3', 'no JSON{}'));
    await host.advance(500);
    assert.deepEqual(seen, [{ key: 'a', n: 1 }]);
    const letters = await node.runtime.events.list();
    assert.deepEqual(
      letters.map(({ id, reason }) => [id, reason]),
      [
        ['e2', 'invalid'],
        ['e3', 'invalid'],
      ],
    );
    assert.match(letters[0]?.error ?? '', /\/n must be an integer/);
  }));

test('stops fetching when 10,000 events of a key wait', { timeout: 60_000 }, () =>
  simulate(async ({ host, start }) => {
    const node = await start({
      behave: () => {
        throw reject('all of them');
      },
    });
    const events = Array.from({ length: 1_000 }, (_, n) => ({ key: 'a', n }));
    for (let round = 0; round < 11; round++) await node.publish(...events);
    await host.advance(5 * MINUTE_MS);
    const [status] = await node.runtime.events.status();
    assert.equal(status?.state, 'full');
    assert(status.parked >= 10_000 && status.parked <= 10_256, String(status.parked));
    assert(node.lines.some(({ message }) => /Too many events wait/.test(message)));
  }),
);

function failWhile(isFailing: boolean): void {
  if (isFailing) throw new Error('failing');
}

/** Three events of one key, the first of which has died. */
async function diedFirst(node: Node, pass: () => Promise<void>): Promise<DeadLetter> {
  await node.publish({ key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'a', n: 3 });
  await pass();
  const [letter, ...others] = await node.runtime.events.list();
  assert(letter);
  assert.deepEqual(others, []);
  assert.equal(letter.blocks, true);
  return letter;
}
