import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api } from '@portico/contract';
import { service } from '@portico/service';
import { system } from '@portico/system';
import { type Demo, startDemo, TOPOLOGIES, until } from './demo.ts';

for (const topology of TOPOLOGIES) {
  describe(`the operator, ${topology}`, () => {
    let demo: Demo;
    before(async () => {
      demo = await startDemo(topology);
    });
    after(() => demo.stop());

    async function call(method: string, path: string, with_: { key?: string; body?: object } = {}) {
      const { key = demo.keys.operate, body } = with_;
      const answer = await fetch(`${demo.running.origins.admin}/operator/v1${path}`, {
        method,
        headers: { 'x-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    }

    it('shows a poison event, and hands it over again once its handler is mended', async () => {
      demo.world.broken = true;
      await demo.say('bad');
      await demo.say('bad');
      const list = () => call('GET', '/dead-letters?service=reader');
      await until(async () => (await list()).body.items.length === 1);
      const [letter] = (await list()).body.items;
      assert.equal(letter.key, 'bad');
      assert.equal(letter.reason, 'rejected');
      await until(async () => (await call('GET', '/deliveries')).body.rows[0].parked === 1);
      const [row] = (await call('GET', '/deliveries')).body.rows;
      assert.deepEqual([row.deadLetters, row.blockedKeys], [1, 1]);
      assert.deepEqual(row.alarms, ['dead-letters', 'blocked-keys']);
      const [parked] = (await call('GET', '/parked-keys')).body.items;
      assert.deepEqual([parked.service, parked.key, parked.waiting], ['reader', 'bad', 1]);
      demo.world.broken = false;
      const redrive = `/dead-letters/reader/${letter.letter}/redrive`;
      assert.equal((await call('POST', redrive, { key: demo.keys.read })).status, 403);
      assert.equal((await call('POST', redrive)).status, 204);
      await until(async () => demo.world.heard.length === 2);
      assert.equal((await list()).body.items.length, 0);
      assert.equal((await call('POST', redrive)).status, 404);
      assert.ok(
        demo.running.lines.some((line) => JSON.stringify(line).includes('consumer:operator')),
      );
    });

    it('shows event and stack of a dead letter to those who may change something', async () => {
      demo.world.broken = true;
      await demo.say('detail');
      const list = () => call('GET', '/dead-letters?service=reader');
      await until(async () => (await list()).body.items.length === 1);
      const [{ letter, release }] = (await list()).body.items;
      assert.equal(release, '1.2.3');
      const path = `/dead-letters/reader/${letter}`;
      assert.equal((await call('GET', path, { key: demo.keys.read })).status, 403);
      const { body } = await call('GET', path);
      assert.deepEqual(JSON.parse(body.envelope).data, { sku: 'detail' });
      assert.match(body.stack, /The reader is broken/);
      assert.equal((await call('POST', `${path}/discard`)).status, 204);
      assert.equal((await call('GET', path)).status, 404);
    });

    it('pages through keys that wait', async () => {
      demo.world.broken = true;
      for (const sku of ['k1', 'k2', 'k3']) await demo.say(sku);
      const list = (query: string) => call('GET', `/parked-keys?service=reader${query}`);
      await until(async () => (await list('')).body.items.length === 3);
      const first = (await list('&limit=2')).body;
      const rest = (await list(`&limit=2&cursor=${encodeURIComponent(first.next)}`)).body;
      const keys = [...first.items, ...rest.items].map(({ key }: { key: string }) => key);
      assert.deepEqual(keys, ['k1', 'k2', 'k3']);
      assert.equal(rest.next, undefined);
      assert.equal((await list('&cursor=bm90aGluZw')).status, 400);
      demo.world.broken = false;
      for (const key of keys) {
        const redrive = await call('POST', '/dead-letters/reader/redrive', { body: { key } });
        assert.equal(redrive.body.redriven, 1);
      }
      await until(async () => (await list('')).body.items.length === 0);
    });

    it('shows a stuck saga, and tries it again', async () => {
      demo.world.broken = true;
      await demo.begin('trip-1');
      const list = () => call('GET', '/sagas/reader?stuck=true');
      await until(async () => (await list()).body.items.length === 1);
      assert.equal((await list()).body.items[0].id, 'trip-1');
      demo.world.broken = false;
      assert.equal((await call('POST', '/sagas/reader/trip-1/retry', { body: {} })).status, 204);
      const show = () => call('GET', '/sagas/reader/trip-1');
      await until(async () => (await show()).body.saga.state === 'done');
      const { history } = (await show()).body;
      assert.ok(history.some((line: { key: string }) => line.key === 'consumer:operator'));
      const again = await call('POST', '/sagas/reader/trip-1/abort', { body: { reason: 'late' } });
      assert.equal(again.status, 412);
      assert.equal((await call('GET', '/sagas/reader/unknown')).status, 404);
    });

    it('tells Prometheus of events, sagas, calls and event loops of every process', async () => {
      demo.world.broken = true;
      await demo.say('counted');
      await demo.begin('trip-2');
      await until(async () => (await call('GET', '/dead-letters')).body.items.length === 1);
      await until(
        async () => (await call('GET', '/sagas/reader?stuck=true')).body.items.length === 1,
      );
      const read = async () => await (await fetch(`${demo.running.origins.admin}/metrics`)).text();
      // In one process there is nothing to tell apart.
      const at = (process: string) => (topology === 'split' ? `process="${process}-1"` : '');
      const here = at('reader') && `,${at('reader')}`;
      const lane = `consumer="reader",producer="press",generation="1"${here}`;
      const text = await read();
      for (const line of [
        `portico_dead_letters{${lane}} 1`,
        `portico_blocked_keys{${lane}} 1`,
        `portico_parked_events{${lane}} 0`,
        `portico_sagas{service="reader",type="journey",state="stuck"${here}} 1`,
      ]) {
        assert.ok(text.includes(`${line}\n`), line);
      }
      assert.match(text, /portico_event_lag\{.*\} \d+\n/);
      for (const service of ['press', 'reader']) {
        const labels = at(service) && `{${at(service)}}`;
        const admitted = `portico_calls_admitted_total{service="${service}"${at(service) && `,${at(service)}`}}`;
        for (const line of [
          `portico_event_loop_active_seconds_total${labels}`,
          `portico_process_memory_bytes${labels}`,
          admitted,
        ]) {
          assert.match(text, new RegExp(`^${RegExp.escape(line)} [1-9\\d.]+$`, 'm'), line);
        }
      }
      const described = text.match(/^# TYPE \S+/gm) ?? [];
      assert.equal(new Set(described).size, described.length, 'each figure stands in one place');
      const up = text.match(/^portico_process_up\{.*\} 1$/gm) ?? [];
      assert.equal(up.length, demo.running.groups?.size ?? 0);
      demo.world.broken = false;
      await call('POST', '/dead-letters/reader/redrive', { body: { key: 'counted' } });
      await call('POST', '/sagas/reader/trip-2/retry', { body: {} });
      await until(async () => (await read()).includes(`portico_dead_letters{${lane}} 0\n`));
      await until(async () => !(await read()).includes('portico_sagas{'));
    });

    it('answers nobody without a key, and does not exist on the public listener', async () => {
      const without = await fetch(`${demo.running.origins.admin}/operator/v1/health`);
      assert.equal(without.status, 401);
      const headers = { 'x-api-key': demo.keys.operate };
      const outside = await fetch(`${demo.running.origins.public}/operator/v1/health`, { headers });
      assert.equal(outside.status, 404);
    });

    it('keeps its name for itself, and that of what processes ask each other', () => {
      for (const name of ['operator', 'portico']) {
        const Own = api(name, { version: '1.0.0', summary: 'Mine.', operations: {} });
        const services = [service(Own)({ operations: {} })];
        assert.throws(
          () => system({ name: 'demo', services, gateway: { issuers: [], roles: {} } }),
          new RegExp(`"${name}" is the name of Portico's own API`),
        );
      }
    });
  });
}
