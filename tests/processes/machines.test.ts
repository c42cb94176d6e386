import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { until } from '../operator/demo.ts';
import { portico } from '../operator/portico.ts';
import { createMachines, hasOpenssl, type Machines } from './machine-kit.ts';

const isRequired = process.env.PORTICO_REQUIRE_SERVICES === '1';

describe('two machines', { skip: !hasOpenssl && !isRequired && 'needs openssl' }, () => {
  let machines: Machines;
  let origins: { readonly public: string; readonly admin: string };
  let sent = 0;
  before(async () => {
    machines = await createMachines();
  });
  after(() => machines?.stop());

  /** Sends a parcel; the depot on machine b keeps it, with a number from machine a. */
  async function send(path = 'parcels') {
    const text = `parcel-${++sent}`;
    const answer = await fetch(`${origins.public}/desk/v1/${path}`, {
      method: 'POST',
      body: JSON.stringify({ text }),
      headers: {
        ...{ 'x-api-key': machines.key, 'idempotency-key': text },
        'content-type': 'application/json',
      },
    });
    const body = await answer.text();
    return { text, status: answer.status, body: body === '' ? undefined : JSON.parse(body) };
  }
  async function listKept(): Promise<readonly { text: string; owner: string }[]> {
    const answer = await fetch(`${origins.public}/desk/v1/kept`);
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { items: readonly { text: string; owner: string }[] }).items;
  }
  const isKept = async (text: string) => (await listKept()).some((one) => one.text === text);

  it('do not start without knowing each other', async () => {
    const { code, stderr } = await machines.start('a');
    assert.equal(code, 1);
    assert.match(stderr, /authorities\/b\.json: is missing\. Write there what "portico authority"/);
  });

  it('start with what the topology places on them', async () => {
    machines.introduce('b', 'a');
    // The key of a under the name of b: nobody on b can sign with it.
    machines.introduce('a', 'b');
    writeFileSync(
      machines.path('a', 'mesh', 'authorities', 'b.json'),
      readFileSync(machines.path('b', 'mesh', 'authorities', 'a.json')),
    );
    const [onA, onB] = [await machines.start('a'), await machines.start('b')];
    assert.deepEqual([onA.code, onB.code], [0, 0], onA.stderr + onB.stderr);
    assert.match(onB.stderr, /runs on machine b, which has no gateway/);
    const [, open = '', admin = ''] = /public (\S+), admin (\S+)/.exec(onA.stderr) ?? [];
    origins = { public: open, admin };
    const { stdout } = await machines.portico('b', 'processes');
    assert.match(stdout, /depot-b-0 .*\n.*depot-b-1 /);
    assert.doesNotMatch(stdout, /edge/);
  });

  it('believe nobody whose authority they have another key of', async () => {
    await until(() => /has not proven who it is/.test(machines.log('a', 'edge-a-0')));
    assert.match(machines.log('a', 'edge-a-0'), /signature verification failed/);
    assert.equal((await send()).status, 503);
    machines.introduce('a', 'b');
    await until(() => /New certificates are in use/.test(machines.log('a', 'edge-a-0')));
    // Who broke the protocol is not dialled for a minute; a new process begins anew.
    const { code, stderr } = await machines.portico('a', 'restart', 'edge');
    assert.equal(code, 0, stderr);
    // The old one lets people in until it has drained.
    const processes = async () => (await machines.portico('a', 'processes')).stdout;
    await until(async () => !(await processes()).includes('edge-a-0'));
    await until(async () => (await send()).status === 200);
  });

  it('call each other as whoever came in', async () => {
    const { text, status, body } = await send();
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.owner, 'consumer:tester');
    assert.equal(typeof body.number, 'number');
    await until(() => isKept(text));
  });

  it('carry on sagas that one of them has begun', async () => {
    const { text, status } = await send('later');
    assert.equal(status, 204);
    await until(() => isKept(text));
    const owners = (await listKept()).filter((one) => one.text === text);
    assert.deepEqual(
      owners.map(({ owner }) => owner),
      ['service:desk'],
    );
  });

  it('are seen from the one with the gateway: all processes that there are, and no others', async () => {
    const said = await portico(['status', '--admin', origins.admin], { PORTICO_KEY: machines.key });
    assert.equal(said.code, 0, said.stderr);
    const { health } = JSON.parse(said.stdout);
    const names = health.processes.map(({ name }: { name: string }) => name.replace(/\d$/, 'n'));
    assert.deepEqual(names.sort(), ['depot-b-n', 'depot-b-n', 'edge-a-n']);
    const metrics = await (await fetch(`${origins.admin}/metrics`)).text();
    const up = [...metrics.matchAll(/^portico_process_up\{process="(\S+)"\} (\d)$/gm)];
    assert.deepEqual(up.map(([, name, value]) => `${name?.replace(/\d$/, 'n')} ${value}`).sort(), [
      'depot-b-n 1',
      'depot-b-n 1',
      'edge-a-n 1',
    ]);
  });

  it('replace processes while the other one calls them', async () => {
    let isOver = false;
    const outcomes: number[] = [];
    const caller = (async () => {
      while (!isOver) outcomes.push((await send()).status);
    })();
    const { code, stderr } = await machines.portico('b', 'restart', 'depot');
    isOver = true;
    await caller;
    assert.equal(code, 0, stderr);
    assert.deepEqual(new Set(outcomes), new Set([200]));
  });

  it('refuse what other machines would not know', async () => {
    const { code, stderr } = await machines.portico('b', 'scale', 'depot', '3');
    assert.equal(code, 1);
    assert.match(stderr, /Other machines know .* depot would have more than 2 replicas/);
  });

  it('use new certificates while they run, and go on with the old where new ones are broken', async () => {
    const first = await machines.shownByDepot();
    machines.issue('b');
    const pem = readFileSync(machines.path('b', 'mesh', 'cert.pem'));
    const { fingerprint256 } = new X509Certificate(pem);
    assert.notEqual(fingerprint256, first);
    await until(async () => (await machines.shownByDepot()) === fingerprint256);
    writeFileSync(machines.path('b', 'mesh', 'cert.pem'), 'no certificate');
    const log = () => machines.log('b', 'depot-b-0') + machines.log('b', 'depot-b-1');
    await until(() => /cert\.pem: holds no certificate/.test(log()));
    assert.equal(await machines.shownByDepot(), fingerprint256);
    assert.equal((await send()).status, 200);
    // Who is started meanwhile has what the supervisor still holds.
    const { code, stderr } = await machines.portico('b', 'restart', 'depot');
    assert.equal(code, 0, stderr);
    assert.equal((await send()).status, 200);
    writeFileSync(machines.path('b', 'mesh', 'cert.pem'), pem);
  });

  it('lose one another and find each other again', async () => {
    machines.kill('b');
    await until(async () => (await send()).status === 503);
    const known = (await listKept()).length;
    assert.ok(known > 0);
    const again = await machines.start('b');
    assert.equal(again.code, 0, again.stderr);
    let last = '';
    await until(async () => {
      const { text, status } = await send();
      last = text;
      return status === 200;
    });
    await until(() => isKept(last));
  });

  it('are stopped one by one', async () => {
    for (const machine of ['a', 'b'] as const) {
      const { code, stderr } = await machines.portico(machine, 'stop');
      assert.equal(code, 0, stderr);
    }
    rmSync(machines.path('a', 'mesh', 'key.pem'));
    const { code, stderr } = await machines.start('a');
    assert.equal(code, 1);
    assert.match(stderr, /key\.pem: is missing/);
  });
});
