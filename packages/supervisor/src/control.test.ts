import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { type ControlCentre, createControlCentre, type ReplicaReport } from './control.ts';
import type { ControlTable } from './control-api.ts';

const table = (generation: number, epoch = 1): ControlTable => ({
  epoch,
  generation,
  services: { cart: { version: '1.0.0', endpoints: [] } },
});

interface News {
  readonly table?: ControlTable;
  readonly drain: boolean;
}

function createScene() {
  const host = createSimulatedHost({ seed: 1 });
  const reports: ReplicaReport[] = [];
  const options = {
    secret: 's',
    timers: host.timers,
    report: (one: ReplicaReport) => void reports.push(one),
  };
  const centre = createControlCentre(options);
  return { host, reports, centre, options };
}

function ask(
  centre: ControlCentre,
  operation: 'report' | 'follow',
  input: object,
  signal = new AbortController().signal,
): Promise<News> {
  const handler = centre.service.spec.operations[operation] as (
    input: object,
    context: object,
  ) => Promise<News>;
  return handler(input, { signal });
}

const whoIn = (centre: ControlCentre, replica = 'cart-0') => ({
  replica,
  token: centre.tokenOf(replica),
});

test('a replica gets a newer table at once, and waits for one where it holds the last', async () => {
  const { centre } = createScene();
  centre.publish(table(3));
  const who = whoIn(centre);
  assert.equal((await ask(centre, 'follow', who)).table?.generation, 3);
  const held = { epoch: 1, generation: 3 };
  const waiting = ask(centre, 'follow', { ...who, held });
  assert.equal(centre.isFollowing('cart-0'), true);
  assert.deepEqual(centre.heldBy('cart-0'), held);
  centre.publish(table(4));
  assert.equal((await waiting).table?.generation, 4);
  assert.equal(centre.isFollowing('cart-0'), false);
});

test('a table of a later epoch is newer, whatever its generation', async () => {
  const { centre } = createScene();
  centre.publish(table(1, 2));
  const held = { epoch: 1, generation: 90 };
  assert.equal((await ask(centre, 'follow', { ...whoIn(centre), held })).table?.epoch, 2);
});

test('a wait ends with nothing new after 20 s, with its connection, and with a second one', async () => {
  const { centre, host } = createScene();
  const who = whoIn(centre);
  const first = ask(centre, 'follow', who);
  const second = ask(centre, 'follow', who);
  assert.deepEqual(await first, { drain: false });
  await host.advance(20_000);
  assert.deepEqual(await second, { drain: false });
  const connection = new AbortController();
  const third = ask(centre, 'follow', who, connection.signal);
  connection.abort();
  assert.deepEqual(await third, { drain: false });
  assert.equal(centre.isFollowing('cart-0'), false);
});

test('a replica that is to drain is told, and its successor of that name is not', async () => {
  const { centre } = createScene();
  const waiting = ask(centre, 'follow', whoIn(centre));
  centre.drain('cart-0');
  assert.equal((await waiting).drain, true);
  centre.forget('cart-0');
  assert.equal(centre.heldBy('cart-0'), undefined);
  const next = ask(centre, 'follow', whoIn(centre));
  centre.publish(table(1));
  assert.equal((await next).drain, false);
});

test('only who was ordered is heard, by this supervisor or the next one', async () => {
  const { centre, reports, options } = createScene();
  const report = { started: true, serving: true, versions: {}, rssBytes: 1, peers: [] };
  const forged = { ...report, replica: 'cart-0', token: centre.tokenOf('cart-1') };
  await assert.rejects(
    ask(centre, 'report', forged),
    (problem) => problem instanceof Failure && problem.code === 'forbidden',
  );
  const next = createControlCentre(options);
  await ask(next, 'report', { ...report, ...whoIn(centre) });
  assert.deepEqual(reports, [{ ...report, replica: 'cart-0' }]);
});
