import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  createSimulatedMachine,
  groupFor,
  placementFor,
  releaseFor,
  type SimulatedMachine,
} from './fixtures/simulated-machine.ts';
import type { Placement } from './placement.ts';

const uses = { orders: ['stock'], cart: ['stock'] };
const shop = placementFor(
  groupFor('edge', [], { replicas: { min: 2, max: 2 } }),
  groupFor('orders', ['orders']),
  groupFor('stock', ['cart', 'stock'], { replicas: { min: 2, max: 2 } }),
);

async function settled(t: TestContext, placement: Placement = shop): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine(t, placement, uses);
  await machine.host.advance(8_000);
  return machine;
}

const names = (machine: SimulatedMachine) => [...machine.replicas().keys()].toSorted();
const groupIn = (machine: SimulatedMachine, name: string) => {
  const found = machine.supervisor.status().groups.find((group) => group.name === name);
  assert.ok(found);
  return found;
};
const phases = (machine: SimulatedMachine, name: string) =>
  groupIn(machine, name).replicas.map(({ phase }) => phase);
const releases = (machine: SimulatedMachine, name: string) =>
  groupIn(machine, name).replicas.map(({ release }) => release);

/** What every living replica that does not drain believes about a service. */
function endpointsOf(machine: SimulatedMachine, service: string): ReadonlySet<string> {
  const views = [...machine.replicas().values()].map(({ table }) =>
    JSON.stringify(table?.services[service]?.endpoints.filter(({ state }) => state === 'ready')),
  );
  return new Set(views);
}

/** Lets time pass, and looks each 100 ms whether each service has a replica that answers. */
async function serving(machine: SimulatedMachine, forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += 100) {
    await machine.host.advance(100);
    for (const { orders, table, drained } of machine.replicas().values()) {
      if (drained || !table) continue;
      for (const [service, { endpoints }] of Object.entries(table.services)) {
        const usable = endpoints.filter(({ state, replica }) => {
          const one = machine.replicas().get(replica);
          return (
            state === 'ready' && one && !one.drained && one.orders.group.services.includes(service)
          );
        });
        assert.ok(usable.length > 0, `${orders.replica} finds no ${service} after ${passed} ms`);
      }
    }
  }
}

test('groups start in the order of their dependencies, and everybody learns where everything is', async (t) => {
  const machine = await settled(t);
  assert.deepEqual(names(machine), ['edge-0', 'edge-1', 'orders-0', 'stock-0', 'stock-1']);
  const started = machine.log.flatMap(
    (line) => /starting .*"replica":"([^"]+)"/.exec(line)?.[1] ?? [],
  );
  assert.deepEqual(started, ['stock-0', 'stock-1', 'orders-0', 'edge-0', 'edge-1']);
  assert.equal(endpointsOf(machine, 'stock').size, 1);
  const { table, request } = machine.replicas().get('edge-0') ?? {};
  assert.deepEqual(
    table?.services.stock?.endpoints.map(({ replica }) => replica),
    ['stock-0', 'stock-1'],
  );
  assert.deepEqual(request?.listeners, ['public', 'admin']);
  assert.deepEqual(machine.replicas().get('stock-0')?.request.listeners, []);
});

test('nothing is settled before everybody has heard of whoever is ready', async (t) => {
  const machine = await settled(t);
  // Out of step with the looks of the supervisor.
  await machine.host.advance(130);
  machine.crash('stock-1');
  while (phases(machine, 'stock').some((phase) => phase !== 'ready'))
    await machine.host.advance(10);
  while (!machine.supervisor.isSettled()) await machine.host.advance(10);
  const { endpoints } = machine.replicas().get('edge-0')?.table?.services.stock ?? {};
  assert.deepEqual(endpoints?.map(({ replica }) => replica).toSorted(), ['stock-0', 'stock-1']);
});

test('a replica that crashes is replaced at once, alone, and reported', async (t) => {
  const machine = await settled(t);
  const before = machine.replicas();
  machine.crash('stock-1');
  await machine.host.advance(300);
  assert.deepEqual(phases(machine, 'stock'), ['ready', 'starting']);
  await serving(machine, 6_000);
  assert.deepEqual(phases(machine, 'stock'), ['ready', 'ready']);
  assert.notEqual(machine.replicas().get('stock-1'), before.get('stock-1'));
  assert.equal(machine.replicas().get('orders-0'), before.get('orders-0'));
  assert.equal(readdirSync(join(machine.directory, 'crashes')).length, 1);
});

test('a crash loop is waited out, and its siblings serve on', async (t) => {
  const machine = await settled(t);
  for (let crash = 0; crash < 6; crash++) {
    machine.crash('orders-0');
    await machine.host.advance(1_100);
  }
  assert.equal(groupIn(machine, 'orders').restarts, 'backoff');
  const starts = () => machine.log.filter((line) => /starting .*orders-0/.test(line)).length;
  assert.ok(starts() <= 6, `${starts()} starts`);
  assert.deepEqual(phases(machine, 'stock'), ['ready', 'ready']);
  await machine.host.advance(70_000);
  assert.deepEqual(phases(machine, 'orders'), ['ready']);
});

test('whoever falls silent is killed and replaced', async (t) => {
  const machine = await settled(t);
  machine.supervisor.update('orders', releaseFor('freezes'));
  await machine.host.advance(30_000);
  assert.ok(machine.log.some((line) => /killing .*orders-1.*event loop/.test(line)));
});

test('a new release comes in beside the old one, and nobody misses a service', async (t) => {
  const machine = await settled(t);
  machine.supervisor.update('stock', releaseFor('well-2'));
  assert.throws(() => machine.supervisor.update('stock', releaseFor('well-3')), /changed already/);
  await serving(machine, 120_000);
  assert.deepEqual(releases(machine, 'stock'), ['well-2', 'well-2']);
  assert.equal(groupIn(machine, 'stock').previous, 'well');
  machine.supervisor.rollback('stock');
  await serving(machine, 60_000);
  assert.deepEqual(releases(machine, 'stock'), ['well', 'well']);
});

test('while a new release is judged, an old replica that crashes comes back as an old one', async (t) => {
  const machine = await settled(t);
  machine.supervisor.update('stock', releaseFor('well-2'));
  while (groupIn(machine, 'stock').change?.phase !== 'canary') await serving(machine, 1_000);
  machine.crash('stock-1');
  await serving(machine, 4_000);
  assert.equal(groupIn(machine, 'stock').change?.phase, 'canary');
  assert.deepEqual(releases(machine, 'stock').toSorted(), ['well', 'well', 'well-2']);
});

test('a group of one is replaced without a caller who does not know', async (t) => {
  const machine = await settled(t);
  for (const release of ['well-2', 'well-3']) {
    machine.supervisor.update('orders', releaseFor(release));
    await serving(machine, 100_000);
    assert.deepEqual(releases(machine, 'orders'), [release]);
  }
  // Nobody judges the way back: the old one goes as soon as the new one is ready.
  machine.supervisor.rollback('orders');
  await serving(machine, 30_000);
  assert.deepEqual(releases(machine, 'orders'), ['well-2']);
});

for (const behaviour of ['crashes', 'never-ready', 'fails-calls'] as const) {
  test(`a release whose replica ${behaviour} is taken back, and nobody notices`, async (t) => {
    const machine = await settled(t);
    const before = names(machine);
    machine.supervisor.update('stock', releaseFor(behaviour));
    await serving(machine, 150_000);
    assert.equal(groupIn(machine, 'stock').change, undefined);
    assert.deepEqual(releases(machine, 'stock'), ['well', 'well']);
    assert.deepEqual(names(machine), before);
    assert.throws(() => machine.supervisor.rollback('stock'), /no release to go back to/);
  });
}

test('a service is moved out and back while it is called', async (t) => {
  const machine = await settled(t);
  const apart = placementFor(
    ...shop.groups.filter(({ name }) => name !== 'stock'),
    groupFor('cart', ['cart']),
    groupFor('stock', ['stock'], { replicas: { min: 2, max: 2 } }),
  );
  const steps = machine.supervisor.apply(apart);
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['start', 'route', 'route', 'replace'],
  );
  assert.throws(() => machine.supervisor.apply(shop), /changed already/);
  await serving(machine, 60_000);
  assert.equal(machine.supervisor.status().plan, undefined);
  assert.deepEqual(
    names(machine).filter((name) => name.startsWith('cart')),
    ['cart-0'],
  );
  const held = [...machine.replicas().values()].map(({ orders }) => orders.group.services.join());
  assert.deepEqual(held.toSorted(), ['', '', 'cart', 'orders', 'stock', 'stock']);
  machine.supervisor.apply(shop);
  await serving(machine, 90_000);
  assert.deepEqual(groupIn(machine, 'stock').services, ['cart', 'stock']);
  assert.equal(machine.supervisor.status().groups.length, 3);
  assert.equal(machine.replicas().size, 5);
});

test('a supervisor that is replaced disturbs nobody, and finishes or undoes what was under way', async (t) => {
  const machine = await settled(t);
  const before = machine.replicas();
  machine.replaceSupervisor();
  await serving(machine, 10_000);
  assert.deepEqual([...machine.replicas()], [...before]);
  assert.deepEqual(phases(machine, 'stock'), ['ready', 'ready']);
  // Killed before the verdict: back.
  machine.supervisor.update('stock', releaseFor('well-2'));
  await serving(machine, 8_000);
  machine.replaceSupervisor();
  await serving(machine, 60_000);
  assert.deepEqual(releases(machine, 'stock'), ['well', 'well']);
  // Killed after it: on.
  machine.supervisor.update('stock', releaseFor('well-2'));
  while (groupIn(machine, 'stock').change?.phase !== 'rolling') await serving(machine, 1_000);
  machine.replaceSupervisor();
  await serving(machine, 60_000);
  assert.deepEqual(releases(machine, 'stock'), ['well-2', 'well-2']);
});

test('a group that becomes another in shape and in number has both in the end', async (t) => {
  const machine = await settled(t);
  const stockAs = (replicas: number, env: Record<string, string>): Placement => ({
    ...shop,
    groups: shop.groups.map((one) =>
      one.name === 'stock' ? { ...one, env, replicas: { min: replicas, max: replicas } } : one,
    ),
  });
  for (const [replicas, env] of [
    [3, { LOG_LEVEL: 'debug' }],
    [1, {}],
  ] as const) {
    const next = stockAs(replicas, env);
    machine.supervisor.apply(next);
    await serving(machine, 60_000);
    assert.deepEqual(phases(machine, 'stock'), Array(replicas).fill('ready'));
    assert.deepEqual(machine.supervisor.plan(next), []);
  }
});

test('a re-placement goes on with whichever supervisor there is', async (t) => {
  const machine = await settled(t);
  const apart = placementFor(
    ...shop.groups.filter(({ name }) => name !== 'stock'),
    groupFor('cart', ['cart']),
    groupFor('stock', ['stock'], { replicas: { min: 2, max: 2 } }),
  );
  machine.supervisor.apply(apart);
  for (let kill = 0; kill < 6; kill++) {
    await serving(machine, 3_700);
    machine.replaceSupervisor();
  }
  await serving(machine, 90_000);
  assert.equal(machine.supervisor.status().plan, undefined);
  const end = machine.supervisor
    .status()
    .groups.map(({ name, services }) => [name, services.join()]);
  const [done, undone] = [
    [
      ['cart', 'cart'],
      ['edge', ''],
      ['orders', 'orders'],
      ['stock', 'stock'],
    ],
    [
      ['edge', ''],
      ['orders', 'orders'],
      ['stock', 'cart,stock'],
    ],
  ];
  // A replace that was not finished when its supervisor died is undone, and with it the plan.
  assert.ok(
    [JSON.stringify(done), JSON.stringify(undone)].includes(JSON.stringify(end)),
    JSON.stringify(end),
  );
});

test('a replica over its memory is replaced before it goes', async (t) => {
  const limits = { memoryBytes: 50_000_000 };
  const machine = await settled(t, placementFor(groupFor('edge', ['cart'], { limits })));
  machine.supervisor.update('edge', releaseFor('grows'));
  await serving(machine, 200_000);
  const said = (part: RegExp) => machine.log.filter((line) => part.test(line)).length;
  assert.ok(said(/draining .*over 50000000 bytes of memory for 30 s/) >= 1);
  assert.equal(said(/killing/), 0);
});

test('a replica far over its memory is killed', async (t) => {
  const limits = { memoryBytes: 50_000_000 };
  const machine = await settled(t, placementFor(groupFor('edge', ['cart'], { limits })));
  machine.supervisor.update('edge', releaseFor('bursts'));
  await machine.host.advance(150_000);
  assert.ok(machine.log.some((line) => /killing .*bytes of memory, allowed 50000000/.test(line)));
});

test('a group grows under load and shrinks after it, within its range', async (t) => {
  const range = { replicas: { min: 1, max: 4 } };
  const machine = await settled(t, placementFor(groupFor('edge', ['cart'], range)));
  const busy = { inFlight: 60, limit: 32, utilisation: 0.95, queueWaitMs: 80, throughput: 100 };
  machine.load = busy;
  for (let second = 0; second < 60; second++) {
    await serving(machine, 1_000);
    // More of them answer more: they are of use.
    const count = machine.replicas().size;
    machine.load = { ...busy, queueWaitMs: 200 / count };
  }
  assert.equal(phases(machine, 'edge').length, 4);
  machine.load = { inFlight: 1, limit: 32, utilisation: 0.05, queueWaitMs: 0, throughput: 10 };
  await serving(machine, 400_000);
  assert.deepEqual(phases(machine, 'edge'), ['ready']);
});

test('of many replicas a few start at a time, beside those of other groups', async (t) => {
  const small = { cores: 1, memoryBytes: 2 ** 40, usedBytes: 0 };
  const machine = createSimulatedMachine(t, shop, uses, { machine: () => small });
  await machine.host.advance(8_000);
  const many = { min: 9, max: 9 };
  const groups = shop.groups.map((one) =>
    one.name === 'stock' ? { ...one, replicas: many } : one,
  );
  machine.supervisor.apply({ ...shop, groups });
  machine.crash('orders-0');
  let most = 0;
  for (let passed = 0; passed < 30_000; passed += 100) {
    await machine.host.advance(100);
    most = Math.max(most, phases(machine, 'stock').filter((phase) => phase === 'starting').length);
    if (passed === 4_000) assert.deepEqual(phases(machine, 'orders'), ['ready']);
  }
  assert.equal(most, 2);
  assert.deepEqual(phases(machine, 'stock'), Array(9).fill('ready'));
});

test('more replicas than the machine has memory for are refused, and what needs no more is not', async (t) => {
  let usedBytes = 0;
  const memoryBytes = 1_000 * 2 ** 20;
  const machine = createSimulatedMachine(t, shop, uses, {
    machine: () => ({ cores: 64, memoryBytes, usedBytes }),
  });
  await machine.host.advance(8_000);
  const scaled = (replicas: number) => {
    const range = { min: replicas, max: replicas };
    return placementFor(...shop.groups.map((one) => ({ ...one, replicas: range })));
  };
  machine.supervisor.apply(scaled(3));
  await machine.host.advance(30_000);
  assert.equal(names(machine).length, 9);
  usedBytes = memoryBytes;
  assert.throws(
    () => machine.supervisor.apply(scaled(200)),
    /This machine has memory for 0 more replicas, of about \d+ MiB each; this would add 591\./,
  );
  assert.throws(() => machine.supervisor.plan(scaled(200)), /this would add 591/);
  assert.equal(machine.supervisor.status().plan, undefined);
  machine.supervisor.apply(scaled(1));
  await machine.host.advance(30_000);
  assert.equal(machine.supervisor.status().lastPlan?.reason, undefined);
  assert.equal(names(machine).length, 3);
});

test('to stop, the gateway drains first and what is used by others last', async (t) => {
  const machine = await settled(t);
  machine.supervisor.stop();
  await machine.host.advance(30_000);
  await machine.supervisor.ended;
  assert.equal(machine.finished, true);
  assert.deepEqual(names(machine), []);
  const drained = machine.log.flatMap(
    (line) => /draining .*"replica":"([a-z]+)/.exec(line)?.[1] ?? [],
  );
  assert.deepEqual(drained, ['edge', 'edge', 'orders', 'stock', 'stock']);
});

test('one of several machines names its replicas after itself, and gives each a port', async (t) => {
  const site = { machine: 'b', host: '10.0.0.7' };
  const group = groupFor('stock', ['stock'], { port: 7310, replicas: { min: 2, max: 2 } });
  const machine = createSimulatedMachine(t, placementFor(group), uses, { site });
  await machine.host.advance(8_000);
  const addresses = () =>
    [...machine.replicas().values()].map(({ orders }) => [orders.replica, orders.remoteAddress]);
  assert.deepEqual(addresses(), [
    ['stock-b-0', '10.0.0.7:7310'],
    ['stock-b-1', '10.0.0.7:7311'],
  ]);
  machine.supervisor.restart('stock');
  // Beside them there is one place more, as callers elsewhere know.
  const seen = new Set<string | undefined>();
  for (let look = 0; look < 300; look++) {
    await machine.host.advance(100);
    for (const [, address] of addresses()) seen.add(address);
  }
  assert.deepEqual([...seen].toSorted(), ['10.0.0.7:7310', '10.0.0.7:7311', '10.0.0.7:7312']);
  assert.equal(groupIn(machine, 'stock').change, undefined);
  assert.deepEqual(phases(machine, 'stock'), ['ready', 'ready']);
});

test('replicas learn of other machines from the first table on', async (t) => {
  const place = { replica: 'pay-a-0', address: '10.0.0.5:7300', static: true };
  const endpoint = { ...place, state: 'ready' as const };
  const elsewhere = { pay: { version: '1.0.0', endpoints: [endpoint] } };
  const machine = createSimulatedMachine(t, shop, uses, { elsewhere });
  await machine.host.advance(8_000);
  assert.deepEqual([...endpointsOf(machine, 'pay')], [JSON.stringify([endpoint])]);
});
