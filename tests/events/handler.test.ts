import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { api, event, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { createRuntime, type PlacedService } from '@portico/runtime';
import { type Call, type Logger, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import { sqliteDriver } from '@portico/store-sqlite';
import * as z from 'zod';
import { settled } from './fixture.ts';

const Thing = z.object({ key: z.string() });
const First = api('first', {
  version: '1.0.0',
  summary: 'Publishes.',
  operations: { go: operation({ summary: 'Goes.', effect: 'unsafe', input: Thing }) },
  events: { Went: event({ summary: 'It went.', key: 'key', payload: Thing }) },
});
const Charges = api('charges', {
  version: '1.0.0',
  summary: 'Charges.',
  operations: { charge: operation({ summary: 'Charges.', effect: 'keyed', input: Thing }) },
});
const Second = api('second', {
  version: '1.0.0',
  summary: 'Hears, calls and publishes.',
  operations: {},
  events: { Charged: event({ summary: 'It was charged.', key: 'key', payload: Thing }) },
});

const empty = () => sqlStore<Record<never, never>>({ migrations: [] });
const quiet = () => {};

type Handle = (tools: {
  readonly charge: () => Promise<void>;
  readonly transact: () => Promise<void>;
}) => Promise<void>;

/** Publishes one event to a handler, lets a minute pass, and says what came of it. */
async function hear(handle: Handle) {
  const host = createSimulatedHost({ seed: 7 });
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portico-events-'));
  const calls: Call[] = [];
  const errors: string[] = [];
  const error = (_: object, message: string) => errors.push(message);
  const log: Logger = { debug: quiet, info: quiet, warn: quiet, error, child: () => log };
  const first = service(First)({
    store: empty(),
    operations: {
      go: (input, { transaction }) => transaction(({ publish }) => publish('Went', input)),
    },
  });
  const charges = service(Charges)({
    store: empty(),
    operations: {
      async charge(_input, { call, transaction }) {
        calls.push(call);
        await transaction(async () => {});
      },
    },
  });
  const second = service(Second)({
    uses: { charges: Charges },
    hears: { first: First },
    store: empty(),
    operations: {},
    on: {
      first: {
        Went: ({ payload }, { uses, transaction }) =>
          handle({
            charge: () => uses.charges.charge(payload),
            transact: () => transaction(({ publish }) => publish('Charged', payload)),
          }),
      },
    },
  });
  try {
    const services: PlacedService[] = [];
    for (const one of [first, charges, second]) {
      const place = { service: one.name, dataDirectory, host, log };
      const store = await settled(host, sqliteDriver.open(empty() as never, place));
      services.push({ service: one, store, config: undefined });
    }
    const runtime = createRuntime({ system: 'test', host, log, services });
    await settled(host, runtime.start());
    const caller = { permissions: new Set<string>(), via: 'test', subject: 'user:ada' };
    await settled(host, runtime.client(First, { caller, from: 'test' }).go({ key: 'a' }));
    await host.advance(60_000);
    const read = async (index: number, topic: string) => {
      const page = await services[index]?.store?.log.read({ topics: [topic], after: 0, limit: 9 });
      return (page?.events ?? []).map(({ envelope }) => JSON.parse(envelope));
    };
    const [went] = await read(0, 'first.Went');
    const charged = await read(2, 'second.Charged');
    const [status] = await runtime.events.status();
    await settled(host, runtime.drain());
    return { calls, errors, went, charged, status };
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

test('calls with a key made of consumer, generation and event, as the service itself', async () => {
  let runs = 0;
  const { calls, went, charged, status } = await hear(async ({ charge, transact }) => {
    await charge();
    if (++runs === 1) throw new Error('once');
    await transact();
  });
  assert.equal(runs, 2);
  assert.deepEqual(
    calls.map(({ key, from, caller }) => [key, from, caller.subject]),
    [[`second:1:${went.id}/charges.charge`, 'second', 'service:second']],
    'the repetition got the stored outcome',
  );
  const [envelope, ...others] = charged;
  assert.deepEqual(others, []);
  assert.equal(envelope.causationid, went.id);
  assert.equal(envelope.correlationid, went.correlationid);
  assert.equal(envelope.specversion, '1.0');
  assert.equal(envelope.type, 'test.second.Charged.v1');
  assert.equal(envelope.source, '/test/second');
  assert.equal(envelope.pos, '1');
  assert.equal(status?.blockedKeys, 0);
});

test('refuses a call after the transaction, and a second one; the event is handled', async () => {
  const after = await hear(async ({ charge, transact }) => {
    await transact();
    await charge().catch(() => {});
  });
  assert.deepEqual(after.calls, []);
  const twice = await hear(async ({ transact }) => {
    await transact();
    await transact().catch(() => {});
  });
  // The effect of the first transaction stands, once: the event was noted with it.
  for (const { charged, status, errors } of [after, twice]) {
    assert.equal(charged.length, 1);
    assert.deepEqual(errors, [
      'A handler failed after its transaction had committed; its event is handled.',
    ]);
    assert.equal(status?.blockedKeys, 0);
  }
});

test('notes an event whose handler has no transaction', async () => {
  let runs = 0;
  const { status } = await hear(async () => {
    runs++;
  });
  assert.deepEqual([runs, status?.position, status?.blockedKeys], [1, 1, 0]);
});
