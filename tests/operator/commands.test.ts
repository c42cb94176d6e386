import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Demo, startDemo, TOPOLOGIES, until } from './demo.ts';
import { portico } from './portico.ts';

for (const topology of TOPOLOGIES) {
  describe(`the commands of operators, ${topology}`, () => {
    let demo: Demo;
    before(async () => {
      demo = await startDemo(topology);
    });
    after(() => demo.stop());
    beforeEach(() => {
      demo.world.heard.length = 0;
    });

    /** Runs a command against the demo, as the operator. */
    async function run(text: string, key = demo.keys.operate) {
      const admin = demo.running.origins.admin;
      return await portico([...text.split(' '), '--admin', admin], { PORTICO_KEY: key });
    }

    /** Runs one that has to succeed. @returns what it shows. */
    async function read(text: string) {
      const { code, stdout, stderr } = await run(text);
      assert.equal(code, 0, stderr);
      return stdout === 'Done.\n' ? undefined : JSON.parse(stdout);
    }

    async function letters(count: number) {
      const list = () => demo.runtimeOf('reader').events.list({ service: 'reader' });
      await until(async () => (await list()).length === count);
      return await list();
    }

    it('show, redrive and discard dead letters', async () => {
      demo.world.broken = true;
      for (const sku of ['a', 'a', 'b', 'c']) await demo.say(sku);
      await letters(3);
      const { items } = await read('dead-letters list --service reader');
      const [a, b, c] = items as { letter: string; key: string; release: string }[];
      assert.deepEqual([a?.key, b?.key, c?.key, a?.release], ['a', 'b', 'c', '1.2.3']);
      const shown = await read(`dead-letters show ${a?.letter} --service reader`);
      assert.deepEqual(JSON.parse(shown.envelope).data, { sku: 'a' });
      assert.match(shown.stack, /The reader is broken/);
      const parked = (await read('deliveries parked')).items;
      assert.deepEqual(
        parked.map(({ key, waiting }: { key: string; waiting: number }) => [key, waiting]),
        [
          ['a', 1],
          ['b', 0],
          ['c', 0],
        ],
      );
      demo.world.broken = false;
      await read(`dead-letters discard ${c?.letter} --service reader`);
      await read(`dead-letters redrive ${b?.letter} --service reader`);
      assert.deepEqual(await read('dead-letters redrive --key a --service reader'), {
        redriven: 1,
      });
      await until(() => demo.world.heard.length === 3);
      assert.deepEqual(demo.world.heard.toSorted(), ['a', 'a', 'b']);
      await letters(0);
      const again = await run(`dead-letters redrive ${a?.letter} --service reader`);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /has no dead letter .* \(404\)/);
    });

    it('name alarms in the status, and end with 1 as long as there are some', async () => {
      demo.world.broken = true;
      await demo.say('late');
      await letters(1);
      const alarmed = await run('status');
      assert.equal(alarmed.code, 1);
      const { alarms } = JSON.parse(alarmed.stdout);
      assert.deepEqual(alarms, [
        'reader hears press: dead letters: 1. portico dead-letters list --service reader',
        'reader hears press: blocked keys: 1. portico deliveries parked --service reader',
      ]);
      demo.world.broken = false;
      await read('dead-letters redrive --key late --service reader');
      await letters(0);
      await until(async () => (await demo.runtimeOf('reader').events.listParked()).length === 0);
      assert.deepEqual((await read('status')).alarms, []);
    });

    it('replay past events, and go on with a log', async () => {
      demo.world.broken = false;
      await demo.say('again');
      await until(() => demo.world.heard.includes('again'));
      const { rows } = await read('deliveries list');
      demo.world.heard.length = 0;
      const where = '--service reader --producer press';
      await read(`deliveries replay ${where} --after ${rows[0].position - 1}`);
      await until(() => demo.world.heard.includes('again'));
      await until(async () => (await demo.runtimeOf('reader').events.status()).length === 1);
      const earlier = new Date(Date.parse('2020-01-01')).toISOString();
      await read(`deliveries replay ${where} --at ${earlier}`);
      await until(async () => {
        const [row, ...others] = await demo.runtimeOf('reader').events.status();
        return row?.generation === rows[0].generation + 2 && others.length === 0;
      });
      await read(`deliveries resume ${where}`);
      const unclear = await run(`deliveries replay ${where}`);
      assert.equal(unclear.code, 2);
      assert.match(unclear.stderr, /either --at or --after/);
    });

    it('retry, abort and resolve sagas', async () => {
      demo.world.broken = true;
      for (const id of ['s1', 's2', 's3']) await demo.begin(id);
      const list = async () =>
        (await read('sagas list --service reader --stuck')).items as { id: string }[];
      await until(async () => (await list()).length === 3);
      const { alarms } = JSON.parse((await run('status')).stdout);
      assert.deepEqual(alarms, [
        'reader: 3 × journey stuck. portico sagas list --service reader --stuck',
      ]);
      await read('sagas resolve s3 --service reader --reason By-hand.');
      await read('sagas abort s2 --service reader --reason Cancelled');
      demo.world.broken = false;
      await read('sagas retry s1 --service reader');
      const states = async () =>
        await Promise.all(
          ['s1', 's2', 's3'].map(
            async (id) => (await demo.runtimeOf('reader').sagas.get('reader', id)).state,
          ),
        );
      await until(async () => (await states()).join() === 'done,undone,resolved');
      const { saga, history } = await read('sagas show s2 --service reader');
      assert.match(saga.reason, /Cancelled/);
      assert.ok(history.some(({ key }: { key: string }) => key === 'consumer:operator'));
      assert.equal((await run('sagas abort s1 --service reader --reason Late')).code, 1);
    });

    it('change nothing for who may only look', async () => {
      const resume = 'deliveries resume --service reader --producer press';
      const { code, stderr } = await run(resume, demo.keys.read);
      assert.equal(code, 1);
      assert.match(stderr, /portico:operate to change/);
      const { code: without } = await run('status', '');
      assert.equal(without, 2);
    });
  });
}
