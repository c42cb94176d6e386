import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore, StoreTransaction } from '@portico/store/spi';
import { settled, simulate, withTransactions } from './fixture.ts';

/** A replica that believes to hold the lease whatever others do. */
function withoutLease(store: OpenStore): OpenStore {
  const leases = {
    find: async () => undefined,
    take: async () => ({ holder: 'me', fence: 1, until: 0 }),
    renew: async () => true,
    release: async () => {},
  };
  const bound = (target: object, name: string | symbol) => {
    const member = Reflect.get(target, name);
    return typeof member === 'function' ? member.bind(target) : member;
  };
  const unleased = <T extends Pick<OpenStore, 'deliveries'>>(owner: T): T =>
    new Proxy(owner, {
      get(target, name) {
        if (name !== 'deliveries') return bound(target, name);
        const { deliveries } = target;
        return { ...deliveries, leases };
      },
    });
  return new Proxy(store, {
    get(target, name) {
      if (name === 'deliveries') return unleased(target).deliveries;
      if (name !== 'transaction') return bound(target, name);
      return (work: (tx: StoreTransaction) => Promise<unknown>, options: never) =>
        target.transaction((tx) => work(unleased(tx)), options);
    },
  });
}

test('has each effect once when two replicas pull the same events at once', () =>
  simulate(async ({ host, start }) => {
    const runs: number[] = [];
    const failed = new Set<number>();
    const behave = async ({ payload: { n } }: { payload: { n: number } }) => {
      runs.push(n);
      await host.timers.sleep(host.random.float() * 20);
      if (n % 10 !== 7 || failed.has(n)) return;
      failed.add(n);
      throw new Error('once');
    };
    const first = await start({ behave, wrap: withoutLease });
    const second = await start({ behave, wrap: withoutLease });
    const events = Array.from({ length: 60 }, (_, n) => ({ key: `k${n % 4}`, n }));
    for (const [index, event] of events.entries()) {
      await (index % 2 === 0 ? first : second).publish(event);
    }
    await host.advance(60_000);
    const effects = await first.effects();
    assert(runs.length > 80, `only ${runs.length} runs: the replicas did not race`);
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const own = effects.filter((effect) => effect.key === key).map(({ n }) => n);
      const all = events.filter((one) => one.key === key).map(({ n }) => n);
      assert.deepEqual(own, all);
    }
  }));

test('lets one replica pull, and another one take over when it has gone', () =>
  simulate(async ({ host, start }) => {
    const pulled = { first: 0, second: 0 };
    const first = await start({ behave: () => pulled.first++ });
    await host.advance(100);
    const second = await start({ behave: () => pulled.second++ });
    await second.publish({ key: 'a', n: 1 }, { key: 'b', n: 2 });
    await host.advance(60_000);
    assert.deepEqual(pulled, { first: 2, second: 0 });
    const [elsewhere] = await second.runtime.events.status();
    assert.equal(elsewhere?.state, 'elsewhere');
    await settled(host, first.runtime.drain());
    await second.publish({ key: 'a', n: 3 });
    await host.advance(1_500);
    assert.deepEqual(pulled, { first: 2, second: 1 });
    const effects = await second.effects();
    assert.deepEqual(
      effects.map(({ n }) => n),
      [1, 2, 3],
    );
  }));

/** A sink that pulls until it dies: its transactions never end. */
function createMortal() {
  const end = Promise.withResolvers<void>();
  let isDead = false;
  return {
    die() {
      isDead = true;
    },
    /** Lets go of what waits, at the end of a test. */
    bury: end.resolve,
    wrap: (store: OpenStore) =>
      withTransactions(store, async (run) => {
        if (isDead) await end.promise;
        return await run();
      }),
  };
}

test('goes on at once when a replica that died is started again', () =>
  simulate(async ({ host, start }) => {
    const { die, bury, wrap } = createMortal();
    const first = await start({ replica: 'sink-1', wrap });
    await first.publish({ key: 'a', n: 1 });
    await host.advance(500);
    die();
    const next = await start({ replica: 'sink-1' });
    await next.publish({ key: 'a', n: 2 });
    await host.advance(100);
    const effects = await next.effects();
    assert.deepEqual(
      effects.map(({ n }) => n),
      [1, 2],
    );
    bury();
    await host.advance(100);
  }));

test('leaves events to a replica of another name until its lease is over', () =>
  simulate(async ({ host, start }) => {
    const { die, bury, wrap } = createMortal();
    const first = await start({ replica: 'sink-1', wrap });
    await first.publish({ key: 'a', n: 1 });
    await host.advance(500);
    die();
    const other = await start({ replica: 'sink-2' });
    await other.publish({ key: 'a', n: 2 });
    await host.advance(9_000);
    assert.equal((await other.effects()).length, 1);
    await host.advance(3_000);
    assert.equal((await other.effects()).length, 2);
    bury();
    await host.advance(100);
  }));

test('waits for the event under way when it drains, and begins no other', () =>
  simulate(async ({ host, start }) => {
    const handled: string[] = [];
    const behave = (who: string) => async (event: { payload: { n: number } }) => {
      await host.timers.sleep(1_000);
      handled.push(`${who} ${event.payload.n}`);
    };
    const node = await start({ behave: behave('first') });
    await node.publish({ key: 'a', n: 1 }, { key: 'b', n: 2 });
    await host.advance(300);
    await settled(host, node.runtime.drain());
    assert.deepEqual(handled, ['first 1']);
    const next = await start({ behave: behave('second') });
    await host.advance(3_000);
    assert.deepEqual(handled, ['first 1', 'second 2']);
    const marker = await next.stores.sink.deliveries.markers.find({
      consumer: 'sink',
      producer: 'source',
      generation: 1,
    });
    assert.equal(marker, undefined);
    assert.deepEqual(
      (await next.effects()).map(({ n }) => n),
      [1, 2],
    );
    const [status] = await next.runtime.events.status();
    assert.equal(status?.parked, 0);
  }));

test('does not park an event whose handler is cancelled by a drain', () =>
  simulate(async ({ host, start }) => {
    const node = await start({ behave: () => new Promise(() => {}) });
    await node.publish({ key: 'a', n: 1 });
    await host.advance(300);
    await settled(host, node.runtime.drain({ graceMs: 100 }));
    const next = await start();
    await host.advance(500);
    assert.deepEqual(
      (await next.effects()).map(({ n }) => n),
      [1],
    );
  }));
