import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { SimulatedHost } from '@portico/host';
import { type Node, settled, simulate } from './fixture.ts';

const DAY_MS = 24 * 3_600_000;

/** Lets days pass without running their timers one by one. */
async function passDays(host: SimulatedHost, days: number): Promise<void> {
  host.jump(days * DAY_MS);
  await host.advance(70_000);
}

async function logLength({ stores }: Node): Promise<number> {
  const { events } = await stores.source.log.read({
    topics: ['source.Happened', 'source.Whispered'],
    after: 0,
    limit: 256,
  });
  return events.length;
}

test('keeps events for 7 days, and then removes what every subscriber has passed', () =>
  simulate(async ({ host, start }) => {
    const node = await start();
    await node.publish({ key: 'a', n: 1 }, { key: 'a', n: 2, quiet: true });
    await host.advance(200_000);
    assert.equal(await logLength(node), 2);
    await passDays(host, 6);
    assert.equal(await logLength(node), 2);
    await passDays(host, 2);
    assert.equal(await logLength(node), 0);
    await node.publish({ key: 'a', n: 3 });
    await host.advance(1_000);
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1, 3],
    );
    assert.deepEqual(
      node.lines.filter(({ level }) => level === 'error'),
      [],
    );
  }));

/** Changes a store behind the platform's back, as a restore does. */
function alter(directory: string, service: string, statement: string): void {
  const db = new DatabaseSync(join(directory, service, 'store.db'));
  db.exec(statement);
  db.close();
}

test('keeps the log for a subscriber that is away for less than 30 days, and no longer', () =>
  simulate(async ({ host, start, directory }) => {
    const before = await start();
    await before.publish({ key: 'a', n: 1 });
    await host.advance(120_000);
    await settled(host, before.runtime.drain());
    // The consumer's process is gone, and somebody else seems to hold its lease.
    const held =
      'CREATE TRIGGER held BEFORE UPDATE ON portico_lease BEGIN SELECT RAISE(IGNORE); END';
    alter(directory, 'sink', held);
    const node = await start();
    await node.publish({ key: 'a', n: 2 }, { key: 'b', n: 3 });
    const { source } = node.stores;
    host.jump(20 * DAY_MS);
    const kept = await settled(host, source.sweep(host.clock.now()));
    assert.deepEqual([kept.dropped, kept.events], [[], 1]);
    host.jump(11 * DAY_MS);
    await host.advance(70_000);
    assert.equal(await logLength(node), 0);
    assert(node.lines.some(({ message }) => /not kept for silent consumers/.test(message)));

    // Back again, it is told of the gap and waits.
    alter(directory, 'sink', 'DROP TRIGGER held');
    await node.publish({ key: 'c', n: 4 });
    await host.advance(20_000);
    assert.equal((await node.runtime.events.status())[0]?.state, 'truncated');
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1],
    );
    const { events } = node.runtime;
    await settled(host, events.resume({ service: 'sink', producer: 'source', by: 'ada' }));
    await host.advance(1_000);
    assert.equal((await events.status())[0]?.state, 'following');
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1, 4],
    );
  }));

test('keeps a topic for longer where its contract says so, and the others not', () =>
  simulate(async ({ host, start }) => {
    const { source } = (await start()).stores;
    const put = (topic: string) =>
      source.transaction(
        (tx) => tx.append({ id: host.ids.uuid(), topic, key: 'a', envelope: '{}' }),
        { deadline: host.clock.monotonic() + 5_000 },
      );
    for (const topic of ['x.Long', 'x.Short', 'x.Long', 'x.Short']) {
      await settled(host, put(topic));
    }
    const retain = { 'x.Long': 30 };
    const sweep = () => settled(host, source.sweep(host.clock.now(), retain));
    const look = async (topics: readonly string[]) => {
      const { events, trimmed } = await source.log.read({ topics, after: 0, limit: 256 });
      return { positions: events.map(({ pos }) => pos), trimmed };
    };
    await host.advance(1);
    host.jump(8 * DAY_MS);
    assert.equal((await sweep()).events, 2);
    assert.deepEqual(await look(['x.Long']), { positions: [1, 3], trimmed: 0 });
    assert.deepEqual(await look(['x.Short']), { positions: [], trimmed: 4 });
    host.jump(23 * DAY_MS);
    assert.equal((await sweep()).events, 2);
    assert.deepEqual(await look(['x.Long']), { positions: [], trimmed: 3 });
  }));

test('begins again at the restored head when the log is another one, and raises the alarm', () =>
  simulate(async ({ host, start, directory }) => {
    const before = await start();
    await before.publish({ key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'a', n: 3 });
    await host.advance(1_000);
    await settled(host, before.runtime.drain());
    // A backup from before the last event.
    alter(directory, 'source', 'DELETE FROM portico_outbox WHERE pos = 3');
    alter(directory, 'source', "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'portico_outbox'");
    alter(directory, 'source', "UPDATE portico_meta SET value = 'restored' WHERE key = 'logId'");
    const node = await start();
    await host.advance(1_000);
    await node.publish({ key: 'a', n: 33 });
    await host.advance(1_000);
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1, 2, 3, 33],
    );
    const alarm = node.lines.find(({ message }) => /was restored/.test(message));
    assert.deepEqual([alarm?.level, alarm?.fields.after, alarm?.fields.upTo], ['error', 2, 3]);
  }));

test('moves a cursor over events that nobody hears, so that they can be removed', () =>
  simulate(async ({ host, start }) => {
    const node = await start();
    await node.publish({ key: 'a', n: 1 });
    const quiet = Array.from({ length: 1_000 }, (_, n) => ({ key: 'q', n, quiet: true }));
    for (let round = 0; round < 10; round++) await node.publish(...quiet);
    await host.advance(120_000);
    const [status] = await node.runtime.events.status();
    assert.equal(status?.position, 10_001);
    await node.publish({ key: 'a', n: 2 });
    await host.advance(500);
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1, 2],
    );
  }));
