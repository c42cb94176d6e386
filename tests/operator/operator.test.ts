import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { api, event, operation } from '@portico/contract';
import { createHost } from '@portico/host';
import { reject, saga, service, step } from '@portico/service';
import { sqlStore } from '@portico/store';
import { createConsumerKey, system } from '@portico/system';
import { startTestSystem, type TestSystem } from '@portico/testing';
import * as z from 'zod';

const Sku = z.object({ sku: z.string() });
const open = { exposure: 'public', access: 'anyone', effect: 'unsafe' } as const;
const Press = api('press', {
  version: '1.0.0',
  summary: 'Publishes.',
  operations: { say: operation({ ...open, summary: 'Says it.', input: Sku }) },
  events: { Said: event({ summary: 'It was said.', key: 'sku', payload: Sku }) },
});
const Reader = api('reader', {
  version: '1.0.0',
  summary: 'Hears, and runs a saga.',
  operations: { begin: operation({ ...open, summary: 'Starts a saga.', input: Sku }) },
});

/** What the test mends while the system runs. */
const world = { broken: true, heard: [] as string[] };
const store = sqlStore<Record<never, never>>({ migrations: [] });
const journey = saga('journey', { store, data: Sku, stuckMs: 1 }, [
  step('go', {
    do(_data: { sku: string }) {
      if (world.broken) throw new Error('The bridge is down.');
    },
    undo() {},
  }),
]);
const press = service(Press)({
  store,
  operations: {
    async say({ sku }, { transaction }) {
      await transaction(({ publish }) => publish('Said', { sku }));
    },
  },
});
const reader = service(Reader)({
  hears: { press: Press },
  store,
  sagas: { journey },
  operations: {
    async begin({ sku }, { transaction }) {
      await transaction(async ({ start }) => {
        await start(journey, { id: sku, data: { sku } });
      });
    },
  },
  on: {
    press: {
      async Said({ payload }) {
        if (world.broken) throw reject('The reader is broken.');
        world.heard.push(payload.sku);
      },
    },
  },
});
const demo = system({
  name: 'demo',
  services: [press, reader],
  gateway: { issuers: [], roles: {} },
});

describe('the operator', () => {
  let running: TestSystem;
  let directory: string;
  const keys = { read: '', operate: '' };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'operator-'));
    const path = join(directory, 'keys.json');
    const whose = { system: 'demo', host: createHost() };
    const read = ['portico:read'];
    keys.read = createConsumerKey(path, { ...whose, consumer: 'viewer', permissions: read });
    const permissions = [...read, 'portico:operate'];
    keys.operate = createConsumerKey(path, { ...whose, consumer: 'operator', permissions });
    running = await startTestSystem(demo, { directory });
  });
  after(async () => {
    await running.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function call(method: string, path: string, with_: { key?: string; body?: object } = {}) {
    const { key = keys.operate, body } = with_;
    const answer = await fetch(`${running.origins.admin}/operator/v1${path}`, {
      method,
      headers: { 'x-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  it('shows a poison event, and hands it over again once its handler is mended', async () => {
    world.broken = true;
    await running.runtime.client(Press, 'test').say({ sku: 'bad' });
    await running.runtime.client(Press, 'test').say({ sku: 'bad' });
    const list = () => call('GET', '/dead-letters?service=reader');
    await until(async () => (await list()).body.items.length === 1);
    const [letter] = (await list()).body.items;
    assert.equal(letter.key, 'bad');
    assert.equal(letter.reason, 'rejected');
    await until(async () => (await call('GET', '/deliveries')).body.rows[0].parked === 1);
    const [row] = (await call('GET', '/deliveries')).body.rows;
    assert.deepEqual([row.deadLetters, row.blockedKeys], [1, 1]);
    world.broken = false;
    const redrive = `/dead-letters/reader/${letter.letter}/redrive`;
    assert.equal((await call('POST', redrive, { key: keys.read })).status, 403);
    assert.equal((await call('POST', redrive)).status, 204);
    await until(async () => world.heard.length === 2);
    assert.equal((await list()).body.items.length, 0);
    assert.equal((await call('POST', redrive)).status, 404);
    assert.ok(running.lines.some((line) => JSON.stringify(line).includes('consumer:operator')));
  });

  it('shows a stuck saga, and tries it again', async () => {
    world.broken = true;
    await running.runtime.client(Reader, 'test').begin({ sku: 'trip-1' });
    const list = () => call('GET', '/sagas/reader?stuck=true');
    await until(async () => (await list()).body.items.length === 1);
    assert.equal((await list()).body.items[0].id, 'trip-1');
    world.broken = false;
    assert.equal((await call('POST', '/sagas/reader/trip-1/retry', { body: {} })).status, 204);
    const show = () => call('GET', '/sagas/reader/trip-1');
    await until(async () => (await show()).body.saga.state === 'done');
    const { history } = (await show()).body;
    assert.ok(history.some((line: { key: string }) => line.key === 'consumer:operator'));
    const again = await call('POST', '/sagas/reader/trip-1/abort', { body: { reason: 'late' } });
    assert.equal(again.status, 412);
    assert.equal((await call('GET', '/sagas/reader/unknown')).status, 404);
  });

  it('answers nobody without a key, and does not exist on the public listener', async () => {
    const without = await fetch(`${running.origins.admin}/operator/v1/health`);
    assert.equal(without.status, 401);
    const headers = { 'x-api-key': keys.operate };
    const outside = await fetch(`${running.origins.public}/operator/v1/health`, { headers });
    assert.equal(outside.status, 404);
  });

  it('keeps its name for itself', () => {
    const Own = api('operator', { version: '1.0.0', summary: 'Mine.', operations: {} });
    const services = [service(Own)({ operations: {} })];
    assert.throws(
      () => system({ name: 'demo', services, gateway: { issuers: [], roles: {} } }),
      /"operator" is the name of Portico's own API/,
    );
  });
});

/** Looks until it is so; 20 s are far more than retries and key files need. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, 'waited in vain');
    await pause(20);
  }
}
