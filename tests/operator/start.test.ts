import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from './demo.ts';
import { portico, spawnPortico } from './portico.ts';

const SYSTEM = fileURLToPath(new URL('./demo-system.ts', import.meta.url));

describe('portico start', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portico-start-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  function command(name: string, port = 0): readonly string[] {
    const topology = {
      system: 'demo',
      gateway: { public: `127.0.0.1:${port}`, admin: '127.0.0.1:0' },
      supervisor: false,
      groups: { demo: { gateway: true, services: ['*'] } },
      stores: { '*': { engine: 'sqlite' } },
    };
    const file = join(directory, `${name}.json`);
    writeFileSync(file, JSON.stringify(topology));
    return ['start', SYSTEM, '--topology', file, '--directory', join(directory, name)];
  }

  async function started(name: string, env: NodeJS.ProcessEnv = {}) {
    const running = spawnPortico(command(name), env);
    await until(() => /public http/.test(running.said.stderr) || running.child.exitCode !== null);
    assert.equal(running.child.exitCode, null, running.said.stderr);
    return running;
  }

  it('drains after the first signal', async () => {
    const { child, ended } = await started('drain');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 0);
    assert.match(stderr, /demo: draining after SIGINT; another one ends it at once/);
  });

  it('drains when its terminal is closed', async () => {
    const { child, ended } = await started('hangup');
    child.kill('SIGHUP');
    assert.equal((await ended).code, 0);
  });

  it('ends at once after the second signal, and says so', async () => {
    const { child, said, ended } = await started('twice', { DEMO: 'hang' });
    child.kill('SIGTERM');
    await until(() => /draining/.test(said.stderr));
    child.kill('SIGINT');
    const { code, signal, stderr } = await ended;
    assert.deepEqual([code, signal], [130, null]);
    assert.match(stderr, /demo: ended at once by SIGINT; what was under way is cut off/);
  });

  it('says why it ends when a mistake ends it, in its log too', async () => {
    const { child, ended } = await started('throw', { DEMO: 'throw' });
    child.kill('SIGUSR2');
    const { code, stdout, stderr } = await ended;
    assert.notEqual(code, 0);
    assert.match(stderr, /A bug nobody has caught/);
    assert.match(stderr, /demo: ends with code \d+ while running, without being told to/);
    assert.match(stdout, /"msg":"The process ends: nobody has caught this\."/);
  });

  it('says that it ends when something exits, whatever the code', async () => {
    const { child, ended } = await started('exit', { DEMO: 'exit' });
    child.kill('SIGUSR2');
    assert.match((await ended).stderr, /demo: ends with code 0 while running/);
  });

  it('says which port is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await portico(command('port', port));
    taken.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`127.0.0.1:${port} is in use. Stop what listens there`));
  });
});
