import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, soon } from './conformance-schema.ts';
import { type Cursor, CursorMoved } from './cursors.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import type { Lease } from './leases.ts';
import type { OpenStore } from './open-store.ts';
import type { ParkedEvent } from './parked-events.ts';

/** The event log as it is read, and the notes of delivery. */
export const deliveryConformance: readonly ConformanceCase[] = [
  { name: 'reads the log by topics after a position, in the order of commits', run: readsLog },
  { name: 'gives an event its place when it is read', run: givesPlace },
  { name: 'tells whoever waits of events of this and of other replicas', run: tells },
  { name: 'moves a cursor for one of several who try', run: movesOnce },
  { name: 'undoes the move of a cursor with the effect', run: undoesMove },
  { name: 'makes the first parked event of a key due when it is released', run: releases },
  { name: 'lets a dead letter hold up what is parked behind it', run: holdsUp },
  { name: 'pages through keys that wait, and says for what', run: pagesKeys },
  { name: 'changes a parked event only as it was found', run: changesFound },
  { name: 'gives a lease to one of several who saw it as it stands', run: leases },
  { name: 'keeps dead letters as they were and pages through them', run: keepsLetters },
  { name: 'refuses to write notes through the reading ledger', run: refusesWriting },
];

const LANE = { consumer: 'sink', producer: 'source', generation: 1 };
const CURSOR: Cursor = {
  ...LANE,
  ...{ logId: 'log', pos: 5, role: 'serving', startPos: 0, startAt: 0 },
};

function parkedAt(pos: number, key: string, nextAt: number | null = null): ParkedEvent {
  const event = { pos, id: `e${pos}`, topic: 'source.Happened', key, envelope: '{}', at: pos };
  return { ...LANE, ...event, runKey: `sink:1:e${pos}`, attempts: 0, deaths: 0, nextAt };
}

function letterAt(pos: number, key: string, letter: string, blocks = true): DeadLetter {
  const { attempts: _, deaths: __, nextAt: ___, ...event } = parkedAt(pos, key);
  const death = { reason: 'failed', error: 'no', stack: 'at …', release: 'r1', diedAt: 9 } as const;
  return { ...event, ...death, letter, attempts: 6, blocks };
}

function write<T>(
  setup: ConformanceSetup,
  store: OpenStore,
  work: (ledger: DeliveryLedger) => Promise<T>,
): Promise<T> {
  return store.transaction(({ deliveries }) => work(deliveries), soon(setup));
}

async function append(setup: ConformanceSetup, store: OpenStore, ...topics: string[]) {
  await store.transaction(async (transaction) => {
    for (const topic of topics) {
      const id = setup.host.ids.uuid();
      await transaction.append({ id, topic, key: 'k', envelope: `{"id":"${id}"}` });
    }
  }, soon(setup));
}

async function readsLog(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await append(setup, store, 'x.A', 'x.B', 'x.A', 'x.C');
  const read = async (topics: readonly string[], after: number, limit = 256) => {
    const { events, through, head } = await store.log.read({ topics, after, limit });
    return { at: events.map(({ pos }) => pos), through, head };
  };
  assert.deepEqual(await read(['x.A', 'x.C'], 0), { at: [1, 3, 4], through: 4, head: 4 });
  assert.deepEqual(await read(['x.A'], 1), { at: [3], through: 4, head: 4 });
  assert.deepEqual(await read(['x.A', 'x.B'], 0, 2), { at: [1, 2], through: 2, head: 4 });
  assert.deepEqual(await read(['x.D'], 4), { at: [], through: 4, head: 4 });
  const others = Array.from({ length: 5_000 }, () => 'x.B');
  await append(setup, store, ...others.slice(0, 2_500));
  await append(setup, store, ...others.slice(2_500));
  const scanned = await read(['x.A'], 4);
  assert.deepEqual(scanned.at, []);
  assert(scanned.through > 4 && scanned.through < scanned.head, 'looks at a part at a time');
}

async function givesPlace(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await append(setup, store, 'x.A');
  const page = await store.log.read({ topics: ['x.A'], after: 0, limit: 1 });
  const [event] = page.events;
  const { id, pos, logid, ...rest } = JSON.parse(event?.envelope ?? '');
  assert.deepEqual([id, pos, logid, rest], [event?.id, '1', page.logId, {}]);
}

async function tells(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const other = await setup.open([ACCOUNTS]);
  for (const writer of [store, other]) {
    let unwatch = () => {};
    const told = new Promise<void>((resolve) => {
      unwatch = store.watch(resolve);
    });
    await append(setup, writer, 'x.A');
    await told;
    unwatch();
  }
}

async function movesOnce(setup: ConformanceSetup): Promise<void> {
  const replicas = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])];
  const [store] = replicas as [OpenStore];
  await write(setup, store, ({ cursors }) => cursors.create(CURSOR, 1));
  await write(setup, store, ({ cursors }) => cursors.create({ ...CURSOR, pos: 99 }, 1));
  const tries = Array.from({ length: 10 }, (_, index) =>
    write(setup, replicas[index % 2] as OpenStore, ({ cursors }) => cursors.move(CURSOR, 6, 2)),
  );
  const lost = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
  assert.equal(lost.length, 9);
  for (const one of lost) assert(one.status === 'rejected' && one.reason instanceof CursorMoved);
  const [found] = await store.deliveries.cursors.list('sink', 'source');
  assert.deepEqual(found, { ...CURSOR, pos: 6 });
}

async function undoesMove(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await write(setup, store, ({ cursors }) => cursors.create(CURSOR, 1));
  const attempt = write(setup, store, async ({ cursors, markers }) => {
    await cursors.move(CURSOR, 6, 2);
    const marker = { holder: 'h', lastPos: 6, attemptPos: 0, attempts: 0 };
    await markers.set(CURSOR, marker, 2);
    throw new Error('no');
  });
  await assert.rejects(attempt, /no/);
  assert.deepEqual(await store.deliveries.cursors.list('sink', 'source'), [CURSOR]);
  assert.equal(await store.deliveries.markers.find(CURSOR), undefined);
}

async function releases(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const { parked } = store.deliveries;
  await write(setup, store, async (ledger) => {
    await ledger.parked.add(parkedAt(1, 'a', 50));
    for (const [pos, key] of [
      [2, 'a'],
      [3, 'b'],
      [4, 'b'],
    ] as const) {
      await ledger.parked.add(parkedAt(pos, key));
    }
    await ledger.parked.release(LANE, 10, 'a');
    await ledger.parked.release(LANE, 10, 'b');
  });
  const due = async (now: number) => (await parked.due(LANE, now, 10)).map(({ pos }) => pos);
  assert.deepEqual(await due(9), []);
  assert.deepEqual(await due(10), [3]);
  assert.deepEqual(await due(50), [3, 1]);
  assert.deepEqual(await parked.outlook(LANE), { nextAt: 10, oldestAt: 1 });
  assert.deepEqual(
    await parked.blocked(LANE),
    new Map([
      ['a', 2],
      ['b', 2],
    ]),
  );
  const [found] = await parked.due(LANE, 10, 1);
  assert(found);
  await write(setup, store, async (ledger) => {
    await ledger.parked.remove(found);
    await ledger.parked.release(LANE, 20);
  });
  assert.deepEqual(await due(20), [4]);
}

async function holdsUp(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const { parked } = store.deliveries;
  await write(setup, store, async (ledger) => {
    await ledger.letters.add(letterAt(1, 'a', 'l1'));
    await ledger.letters.add(letterAt(2, 'b', 'l2', false));
    await ledger.parked.add(parkedAt(3, 'a'));
    await ledger.parked.add(parkedAt(4, 'b'));
    await ledger.parked.release(LANE, 10, 'a');
    await ledger.parked.release(LANE, 10, 'b');
  });
  assert.deepEqual(
    (await parked.due(LANE, 10, 10)).map(({ pos }) => pos),
    [4],
  );
  assert.deepEqual(
    await parked.blocked(LANE),
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  );
  await write(setup, store, async (ledger) => {
    assert.equal(await ledger.letters.remove('l1'), true);
    await ledger.parked.release(LANE, 11, 'a');
  });
  assert.deepEqual(
    (await parked.due(LANE, 11, 10)).map(({ pos }) => pos),
    [4, 3],
  );
}

async function pagesKeys(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await write(setup, store, async ({ parked, letters }) => {
    await parked.add({ ...parkedAt(3, 'b', 70), attempts: 2 });
    await parked.add(parkedAt(4, 'b'));
    await letters.add(letterAt(5, 'c', 'l1'));
    await parked.add(parkedAt(6, 'c'));
    await letters.add(letterAt(2, 'a', 'l2'));
    await letters.add(letterAt(7, 'skipped', 'l3', false));
    await parked.add({ ...parkedAt(8, 'other', 80), generation: 2 });
  });
  const page = (after: string | undefined, limit: number) =>
    store.deliveries.parked.keys({ lane: LANE, after, limit });
  const a = { key: 'a', waiting: 0, deadLetters: 1, attempts: 0, oldestAt: 2, nextAt: undefined };
  const b = { key: 'b', waiting: 2, deadLetters: 0, attempts: 2, oldestAt: 3, nextAt: 70 };
  const c = { key: 'c', waiting: 1, deadLetters: 1, attempts: 0, oldestAt: 5, nextAt: undefined };
  assert.deepEqual(await page(undefined, 2), [
    { ...LANE, ...a },
    { ...LANE, ...b },
  ]);
  assert.deepEqual(await page('b', 2), [{ ...LANE, ...c }]);
}

async function changesFound(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const found = parkedAt(1, 'a', 5);
  await write(setup, store, ({ parked }) => parked.add(found));
  const next = { attempts: 1, deaths: 0, nextAt: 70 };
  const changed = await write(setup, store, ({ parked }) => parked.change(found, next));
  assert.deepEqual(changed, { ...found, ...next });
  const late = [
    write(setup, store, ({ parked }) => parked.change(found, next)),
    write(setup, store, ({ parked }) => parked.remove(found)),
  ];
  for (const one of await Promise.allSettled(late)) {
    assert(one.status === 'rejected' && one.reason instanceof CursorMoved);
  }
  await write(setup, store, ({ parked }) => parked.remove(changed));
  assert.deepEqual(await store.deliveries.parked.blocked(LANE), new Map());
}

async function leases(setup: ConformanceSetup): Promise<void> {
  const stores = [await setup.open([ACCOUNTS]), await setup.open([ACCOUNTS])] as const;
  const [store, other] = stores;
  const name = 'events';
  const take = (at: OpenStore, holder: string, seen: Lease | undefined) =>
    write(setup, at, (ledger) => ledger.leases.take({ name, holder, until: 10, seen }));
  const first = await take(store, 'a', undefined);
  assert.deepEqual(first, { holder: 'a', fence: 1, until: 10 });
  assert.deepEqual(await other.deliveries.leases.find(name), first);
  assert.equal(await take(other, 'b', undefined), undefined);
  const renewed = (fence: number) =>
    write(setup, store, (ledger) => ledger.leases.renew({ name, fence }, 20));
  assert.equal(await renewed(1), true);
  assert.equal(await take(other, 'b', first), undefined);
  const seen = await other.deliveries.leases.find(name);
  const claims = await Promise.all([take(store, 'c', seen), take(other, 'b', seen)]);
  const [taken] = claims.filter((lease) => lease !== undefined);
  assert.equal(claims.filter((lease) => lease === undefined).length, 1);
  assert.equal(taken?.fence, 2);
  assert.equal(await renewed(1), false);
  const release = (fence: number) =>
    write(setup, store, (ledger) => ledger.leases.release({ name, fence }));
  await release(1);
  assert.deepEqual(await store.deliveries.leases.find(name), taken);
  await release(2);
  assert.equal(await store.deliveries.leases.find(name), undefined);
  assert.equal(await renewed(2), false);
  assert.equal((await take(store, 'a', undefined))?.fence, 3);
}

async function keepsLetters(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  const { letters } = store.deliveries;
  const all = ['l1', 'l2', 'l3'].map((letter, index) => letterAt(index + 1, 'a', letter));
  await write(setup, store, async (ledger) => {
    for (const letter of [...all].reverse()) await ledger.letters.add(letter);
  });
  assert.deepEqual(await letters.page(undefined, 2), all.slice(0, 2));
  assert.deepEqual(await letters.page('l2', 2), all.slice(2));
  assert.deepEqual(await letters.find('l2'), all[1]);
  assert.equal(await letters.count(LANE), 3);
  assert.equal(await letters.count({ ...LANE, generation: 2 }), 0);
  assert.equal(await write(setup, store, (ledger) => ledger.letters.remove('l9')), false);
}

async function refusesWriting(setup: ConformanceSetup): Promise<void> {
  const store = await setup.open([ACCOUNTS]);
  await assert.rejects(store.deliveries.cursors.create(CURSOR, 1));
  assert.deepEqual(await store.deliveries.cursors.list('sink', 'source'), []);
}
