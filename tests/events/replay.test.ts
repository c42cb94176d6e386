import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, simulate } from './fixture.ts';

const HEARING = { service: 'sink', producer: 'source', by: 'ada' } as const;

test('replays past events as a new generation, while the old one goes on, and then serves', () =>
  simulate(async ({ host, start }) => {
    let runs = 0;
    const node = await start({ sink: { replayable: true }, behave: () => runs++ });
    const { events } = node.runtime;
    for (let n = 1; n <= 300; n++) await node.publish({ key: `k${n % 3}`, n });
    await host.advance(2_000);
    const at = host.clock.now();
    await host.advance(10);
    await node.publish({ key: 'k0', n: 301 });
    await host.advance(1_000);
    const first = events.replay({ ...HEARING, from: { after: 290 } });
    const again = events.replay({ ...HEARING, from: { after: 0 } });
    again.catch(() => {});
    await settled(host, first);
    await assert.rejects(settled(host, again), /is replaying "source" already/);
    await node.publish({ key: 'k0', n: 302 });
    await host.advance(5_000);
    const effects = (await node.effects()).map(({ n }) => n);
    const count = (n: number) => effects.filter((one) => one === n).length;
    assert.equal(count(290), 1);
    for (let n = 291; n <= 301; n++) assert.equal(count(n), 2, String(n));
    const [status, ...others] = await events.status();
    assert.deepEqual(others, []);
    assert.equal(status?.generation, 2);
    assert.equal(status?.role, 'serving');
    const before = runs;
    await node.publish({ key: 'k0', n: 303 });
    await host.advance(1_000);
    assert.equal(runs, before + 1);

    await settled(host, events.replay({ ...HEARING, from: { at } }));
    await host.advance(5_000);
    const since = (await node.effects()).map(({ n }) => n).slice(effects.length);
    assert.deepEqual(since, [303, 301, 302, 303]);
    assert.equal((await events.status())[0]?.generation, 3);
  }));

test('replaces what the old generation had given up of replayed events', () =>
  simulate(async ({ host, start }) => {
    let broken = true;
    const node = await start({
      sink: { replayable: true },
      behave: () => {
        if (broken) throw new Error('broken');
      },
    });
    const { events } = node.runtime;
    await node.publish({ key: 'a', n: 1 }, { key: 'a', n: 2 });
    await host.advance(20 * 60_000);
    assert.equal((await events.list()).length, 1);
    broken = false;
    await settled(host, events.replay({ ...HEARING, from: { after: 0 } }));
    await host.advance(5_000);
    assert.deepEqual(
      (await node.effects()).map(({ n }) => n),
      [1, 2],
    );
    assert.deepEqual(await events.list(), []);
    const [status] = await events.status();
    assert.deepEqual([status?.generation, status?.parked, status?.blockedKeys], [2, 0, 0]);
  }));

test('refuses to replay what is not declared replayable', () =>
  simulate(async ({ host, start }) => {
    const { runtime } = await start();
    await host.advance(100);
    const replay = runtime.events.replay({ ...HEARING, from: { after: 0 } });
    await assert.rejects(settled(host, replay), /No handler of "sink" .* is replayable/);
  }));
