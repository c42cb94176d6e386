import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { endAtOnce, isRunning } from '@portico/system/processes';
import { until } from './demo.ts';
import { portico, spawnPortico } from './portico.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HELLO = join(ROOT, 'systems/hello');
const MODULE = join(HELLO, 'system.ts');

describe('a system in several processes, by command', () => {
  const work = mkdtempSync(join(tmpdir(), 'pt-'));
  const directory = join(work, 'd');
  after(() => {
    // Only when a test has failed before it was stopped.
    endAtOnce(directory);
    rmSync(work, { recursive: true, force: true });
  });
  const run = (...parameters: string[]) => portico([...parameters, '--directory', directory]);

  function topology(groups: object): string {
    const file = join(work, 'topology.json');
    const gateway = { public: '127.0.0.1:0', admin: '127.0.0.1:0' };
    const stores = { '*': { engine: 'sqlite' } };
    writeFileSync(file, JSON.stringify({ system: 'hello', gateway, groups, stores }));
    return file;
  }

  /** The sources of the system with one of its files changed: a release, if not one that is kept. */
  function variant(name: string, file: string, change: (text: string) => string): string {
    const to = join(work, name);
    cpSync(HELLO, to, { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'), 'junction');
    const before = readFileSync(join(to, file), 'utf8');
    writeFileSync(join(to, file), change(before));
    assert.notEqual(readFileSync(join(to, file), 'utf8'), before);
    return to;
  }

  async function replicas(): Promise<Record<string, readonly string[]>> {
    const { stdout } = await run('processes', '--json');
    const { groups } = JSON.parse(stdout) as {
      groups: { name: string; replicas: { phase: string }[] }[];
    };
    return Object.fromEntries(
      groups.map(({ name, replicas: those }) => [name, those.map(({ phase }) => phase)]),
    );
  }

  let admin: string;
  before(async () => {
    const file = topology({ edge: { gateway: true }, '*': {} });
    const started = await run('start', MODULE, '--topology', file, '--detach');
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stderr, /hello: runs on\. portico processes shows it/);
    admin = /admin (http:\S+)/.exec(started.stderr)?.[1] ?? assert.fail(started.stderr);
  });

  it('shows groups and replicas, and ends with 0 when all are there', async () => {
    const { code, stdout } = await run('processes');
    assert.equal(code, 0);
    assert.match(stdout, /^counter +1 of 1 .*\n {2}counter-0 +ready /m);
    assert.match(stdout, /^edge +1 of 1 .*\(gateway only\)/m);
  });

  it('shows the figures of all processes in one scrape, whichever gateway is asked', async () => {
    assert.equal((await run('scale', 'edge', '2')).code, 0);
    const figures = async () => await (await fetch(`${admin}/metrics`)).text();
    const valuesOf = (text: string, name: string): Record<string, number> => {
      const found = text.matchAll(new RegExp(`^${name}\\{.*?process="(.+?)".*\\} (\\S+)$`, 'gm'));
      return Object.fromEntries([...found].map(([, process, value]) => [process, Number(value)]));
    };
    const everyone = ['counter-0', 'edge-0', 'edge-1', 'operator-0', 'stock-0'].map((one) => [
      one,
      1,
    ]);
    await until(async () => {
      const text = await figures();
      assert.match(text, /portico_requests_in_flight\{process="edge-\d"\} 1\n/);
      const up = valuesOf(text, 'portico_process_up');
      return isDeepStrictEqual(Object.entries(up).sort(), everyone);
    });
    assert.ok(
      Object.values(valuesOf(await figures(), 'portico_process_memory_bytes')).every(
        (n) => n > 1e6,
      ),
    );
    assert.equal((await run('scale', 'edge', '1')).code, 0);
  });

  it('names every process in its status, those that only hold the gateway among them', async () => {
    const made = await run('keys', 'create', MODULE, 'viewer', '--permissions', 'portico:read');
    assert.equal(made.code, 0, made.stderr);
    const env = { PORTICO_KEY: made.stdout.trim() };
    const everyone = ['counter-0 ready', 'edge-0 ready', 'operator-0 ready', 'stock-0 ready'];
    await until(async () => {
      const { stdout } = await portico(['status', '--admin', admin], env);
      if (stdout === '') return false;
      const { processes } = JSON.parse(stdout).health;
      const names = processes.map(({ name, state }: Record<string, string>) => `${name} ${state}`);
      return isDeepStrictEqual(names.sort(), everyone);
    });
  });

  it('is not started twice in one directory', async () => {
    const file = join(work, 'topology.json');
    const { code, stderr } = await run('start', MODULE, '--topology', file, '--detach');
    assert.equal(code, 1);
    assert.match(stderr, /It is running already \(keeper, pid \d+\)/);
  });

  it('scales a group and waits until it serves', async () => {
    const { code, stdout } = await run('scale', 'counter', '2');
    assert.equal(code, 0);
    assert.match(stdout, /counter-1 ready[\s\S]*Done\./);
    assert.deepEqual((await replicas()).counter, ['ready', 'ready']);
    assert.equal((await run('scale', 'counter', '1')).code, 0);
    const tooMany = await run('scale', 'counter', '900');
    assert.equal(tooMany.code, 1);
    assert.match(tooMany.stderr, /^This machine has memory for \d+ more replicas/);
    const unknown = await run('scale', 'till', '2');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /There is no group "till"; there are counter, edge/);
    assert.equal((await run('scale', 'counter', 'many')).code, 2);
  });

  it('restarts by the name of a service, and goes back', async () => {
    const { code, stdout } = await run('restart', 'stock');
    assert.equal(code, 0);
    assert.match(stdout, /stock-1 ready/);
    assert.equal((await run('rollback', 'stock')).code, 0);
    const none = await run('rollback', 'edge');
    assert.deepEqual([none.code, none.stderr], [1, '"edge" has no release to go back to.\n']);
  });

  it('takes one replica out once another has its place', async () => {
    const unknown = await run('drain', 'till-0');
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.stderr,
      /There is no replica "till-0"; there are counter-0, edge-0, operator-0, stock-/,
    );
    const { code, stdout, stderr } = await run('drain', 'counter-0');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /counter-1 ready[\s\S]*Done\./);
    const names = (await run('processes')).stdout;
    assert.match(names, /^ {2}counter-1 +ready /m);
    assert.doesNotMatch(names, /counter-0/);
  });

  it('moves a service after it has shown how', async () => {
    const dry = await run('move', 'stock', 'counter', '--dry-run');
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /^4\. drain stock and end it\n$/m);
    assert.ok('stock' in (await replicas()));
    assert.equal((await run('move', 'stock', 'counter')).code, 0);
    assert.ok(!('stock' in (await replicas())));
  });

  it('goes back to the topology of a file', async () => {
    const { code, stdout } = await run('apply', join(work, 'topology.json'));
    assert.equal(code, 0);
    assert.match(stdout, /^1\. start stock \(stock\), 1 replica$/m);
    assert.deepEqual((await replicas()).stock, ['ready']);
    const again = await run('apply', join(work, 'topology.json'));
    assert.deepEqual([again.code, again.stdout], [0, 'Nothing changes.\n']);
  });

  it('refuses a release that breaks who keeps running, and starts nothing of it', async () => {
    const release = variant('broken', 'contracts.ts', (text) =>
      text.replace(/(take: operation[\s\S]*?output: z\.object\(\{ )available: z\.int32\(\)/, '$1'),
    );
    const { code, stderr } = await run('update', 'stock', release);
    assert.equal(code, 1);
    assert.match(stderr, /stock 1\.0\.0 breaks counter, which keeps running/);
    assert.deepEqual((await replicas()).stock, ['ready']);
  });

  it('refuses a release whose migration fails, and the old replicas serve', async () => {
    const migration = `{ version: 2, name: 'nowhere', kind: 'expand',
      up: { sqlite: 'ALTER TABLE nowhere ADD COLUMN a TEXT' } },`;
    const release = variant('failing', 'stock.ts', (text) =>
      text.replace(/\) STRICT`,\n {6}\},\n {4}\},\n/, `$&${migration}\n`),
    );
    const { code, stderr } = await run('update', 'stock', release);
    assert.equal(code, 1);
    assert.match(stderr, /The stores of stock could not be migrated: .*"nowhere"/);
    assert.deepEqual((await replicas()).stock, ['ready']);
  });

  it('takes back a release that does not start, and says why', async () => {
    const release = variant('crashing', 'stock.ts', (text) => {
      // Gates and migrations only load it.
      return `${text}\nif (/replica/.test(process.argv[1])) throw new Error('It can not run.');\n`;
    });
    const { code, stderr } = await run('update', 'stock', release);
    assert.equal(code, 1);
    assert.match(stderr, /stock was rolled back: new replicas crashed\. The old replicas serve\./);
    assert.deepEqual((await replicas()).stock, ['ready']);
  });

  it('is stopped by a command, and nothing is left', async () => {
    assert.equal((await run('stop')).code, 0);
    assert.equal(isRunning(directory), false);
    const { code, stderr } = await run('processes');
    assert.equal(code, 1);
    assert.match(stderr, /"hello" does not run in .*: start it first/);
  });

  it('drains in the foreground after one signal, and is cut off by the second', async () => {
    const file = topology({ edge: { gateway: true }, all: { services: ['*'] } });
    const parameters = ['start', MODULE, '--topology', file, '--directory', directory];
    const running = spawnPortico(parameters);
    await until(() => /public http/.test(running.said.stderr) || running.child.exitCode !== null);
    assert.equal(running.child.exitCode, null, running.said.stderr);
    running.child.kill('SIGINT');
    running.child.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    assert.match(stderr, /draining after SIG/);
    assert.match(stderr, /ended at once by SIG/);
    assert.ok(code === 130 || code === 143);
    await until(() => !isRunning(directory));
  });
});
