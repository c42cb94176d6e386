import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Demo, startDemo, until } from './demo.ts';
import { portico } from './portico.ts';

describe('the operator of several processes', () => {
  let demo: Demo;
  before(async () => {
    demo = await startDemo('split');
  });
  after(() => demo.stop());

  async function call(method: string, path: string, body?: object) {
    const answer = await fetch(`${demo.running.origins.admin}/operator/v1${path}`, {
      method,
      headers: { 'x-api-key': demo.keys.operate, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async function status() {
    const parameters = ['status', '--admin', demo.running.origins.admin];
    const { code, stdout, stderr } = await portico(parameters, { PORTICO_KEY: demo.keys.operate });
    assert.equal(stderr, '');
    return { code, ...JSON.parse(stdout) };
  }

  it('says which process each service is in', async () => {
    const { code, health, deliveries } = await status();
    assert.equal(code, 0);
    assert.deepEqual(
      health.services.map(({ name, ready, process }: Record<string, unknown>) => [
        name,
        ready,
        process,
      ]),
      [
        ['press', true, 'press-1'],
        ['reader', true, 'reader-1'],
        ['operator', true, 'operator-1'],
      ],
    );
    assert.deepEqual(
      health.processes.map(({ name, state }: Record<string, unknown>) => `${name} ${state}`).sort(),
      ['edge-1 ready', 'operator-1 ready', 'press-1 ready', 'reader-1 ready'],
    );
    assert.deepEqual(
      deliveries.map(({ consumer }: { consumer: string }) => consumer),
      ['reader'],
    );
  });

  it('changes a saga and a dead letter in the process that has them, in the name of who asked', async () => {
    demo.world.broken = true;
    await demo.begin('far-1');
    await demo.say('far-2');
    const letters = async () => (await call('GET', '/dead-letters')).body.items;
    await until(async () => (await letters()).length === 1);
    const [{ letter }] = await letters();
    assert.equal(
      (await call('POST', '/sagas/reader/far-1/abort', { reason: 'Enough' })).status,
      204,
    );
    demo.world.broken = false;
    assert.equal((await call('POST', `/dead-letters/reader/${letter}/redrive`)).status, 204);
    const { sagas } = demo.runtimeOf('reader');
    await until(async () => (await sagas.get('reader', 'far-1')).state === 'undone');
    const { history } = await sagas.get('reader', 'far-1');
    assert.ok(history.some(({ key }) => key === 'consumer:operator'));
    await until(() => demo.world.heard.includes('far-2'));
    const late = await call('POST', '/sagas/reader/far-1/abort', { reason: 'Again' });
    assert.equal(late.status, 412);
    assert.match(late.body.detail, /far-1 has ended/);
  });

  it('finds no service that the system does not have', async () => {
    const { status, body } = await call('GET', '/sagas/nobody');
    assert.equal(status, 404);
    assert.match(body.detail, /There is no service "nobody"/);
  });

  it('answers for the others while a process is away, and says what is missing', async () => {
    await demo.running.groups?.get('reader')?.stop();
    const { code, health, alarms } = await status();
    assert.equal(code, 1);
    assert.deepEqual(alarms, []);
    const reader = health.services.find(({ name }: { name: string }) => name === 'reader');
    assert.deepEqual([reader.ready, reader.process], [false, 'reader-1']);
    assert.match(reader.reason, /reader-1 does not answer: /);
    const process = health.processes.find(({ name }: { name: string }) => name === 'reader-1');
    assert.deepEqual([process.state, process.ready], ['unreachable', false]);
    const press = health.services.find(({ name }: { name: string }) => name === 'press');
    assert.equal(press.ready, true);
    for (const path of ['/dead-letters', '/parked-keys', '/deliveries', '/saga-counts']) {
      const { status, body } = await call('GET', path);
      assert.equal(status, 200);
      assert.deepEqual(
        body.unanswered.map(({ service }: { service: string }) => service),
        ['reader'],
      );
    }
    assert.equal((await call('GET', '/sagas/reader')).status, 503);
    assert.equal((await call('POST', '/sagas/reader/far-1/retry', {})).status, 503);
  });
});
