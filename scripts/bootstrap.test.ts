import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const work = mkdtempSync(join(tmpdir(), 'portico-bootstrap-'));
after(() => rmSync(work, { recursive: true, force: true }));

const LOCK = '{ "lockfileVersion": 3 }\n';
const ready = { npm: 'echo "npm $*" >&2; exit 9', isInstalled: true, program: '' };

/** A clone with a lock file, a program for `npm start`, and an npm of the test's own. */
function createClone(settings: Partial<typeof ready>): { root: string; path: string } {
  const { npm, isInstalled, program } = { ...ready, ...settings };
  const root = mkdtempSync(join(work, 'clone-'));
  const path = join(root, 'bin');
  for (const name of ['scripts', 'systems/shop', 'node_modules', '.portico', 'bin']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'scripts/bootstrap.mjs'));
  writeFileSync(join(root, 'package-lock.json'), LOCK);
  writeFileSync(join(root, 'systems/shop/start.ts'), program);
  const stamp = createHash('sha256').update(LOCK).digest('hex');
  if (isInstalled) writeFileSync(join(root, '.portico/installed'), stamp);
  writeFileSync(join(path, 'npm'), `#!/bin/sh\n${npm}\n`);
  chmodSync(join(path, 'npm'), 0o755);
  return { root, path: `${path}:/usr/bin:/bin` };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** Runs bootstrap in a clone; sends `signal` as soon as the program has written something. */
function bootstrap(
  { root, path }: { readonly root: string; readonly path: string },
  parameters: readonly string[],
  signal?: NodeJS.Signals,
): Promise<Ended> {
  const script = join(root, 'scripts/bootstrap.mjs');
  const child = spawn(process.execPath, [script, ...parameters], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => {
    if (output === '' && signal) child.kill(signal);
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, output, complaints })),
  );
}

describe('bootstrap', { skip: process.platform === 'win32' && 'its npm is a shell script' }, () => {
  it('refuses an unknown command and names those there are', async () => {
    const { code, complaints } = await bootstrap(createClone({}), ['strat']);
    assert.equal(code, 2);
    assert.match(complaints, /Unknown command "strat"\. Use one of: start, test, ok, /);
  });

  it('hands arguments over, and the exit code back', async () => {
    const program = 'console.log(process.argv.slice(2).join()); process.exitCode = 7;';
    const { code, output } = await bootstrap(createClone({ program }), ['start', '--a', 'b c']);
    assert.deepEqual({ code, output }, { code: 7, output: '--a,b c\n' });
  });

  it('lets programs keep what they compiled for the next start', async () => {
    const program = `import { getCompileCacheDir } from 'node:module';
      console.log(getCompileCacheDir());`;
    const clone = createClone({ program });
    const { output } = await bootstrap(clone, ['start']);
    assert.ok(output.startsWith(join(clone.root, '.portico', 'cache')), output);
  });

  it('installs nothing when the lock file is the installed one', async () => {
    const { code, complaints } = await bootstrap(createClone({}), ['start']);
    assert.deepEqual({ code, complaints }, { code: 0, complaints: '' });
  });

  it('installs once for a new lock file, without scripts of packages', async () => {
    const clone = createClone({ isInstalled: false, npm: 'echo "npm $*"' });
    const first = await bootstrap(clone, ['start']);
    assert.match(first.output, /^npm ci .*--ignore-scripts/);
    assert.equal(first.code, 0);
    const second = await bootstrap(clone, ['start']);
    assert.equal(second.output, '');
    const stamp = readFileSync(join(clone.root, '.portico/installed'), 'utf8');
    assert.match(stamp, /^[0-9a-f]{64}$/);
  });

  it('says what to do when npm fails, and tries again the next time', async () => {
    const clone = createClone({ isInstalled: false });
    for (const attempt of [1, 2]) {
      const { code, complaints } = await bootstrap(clone, ['start']);
      assert.equal(code, 1, `attempt ${attempt}`);
      assert.match(complaints, /npm ci failed \(exit 9\).*npm config get registry/);
    }
  });

  it('says so when there is no npm', async () => {
    const clone = createClone({ isInstalled: false });
    const { code, complaints } = await bootstrap({ ...clone, path: '/nowhere' }, ['start']);
    assert.equal(code, 1);
    assert.match(complaints, /npm could not be started: .*Install npm/);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`passes ${signal} on, once, and waits for the program to end as it likes`, async () => {
      const program = `
        let times = 0;
        const wait = setInterval(() => {}, 1000);
        process.on('${signal}', () => {
          times += 1;
          setTimeout(() => { console.log(times); clearInterval(wait); process.exitCode = 3; }, 50);
        });
        console.log('up');`;
      const { code, output } = await bootstrap(createClone({ program }), ['start'], signal);
      assert.deepEqual({ code, output }, { code: 3, output: 'up\n1\n' });
    });
  }

  it('ends as shells say it when a signal ended the program', async () => {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGKILL', 137],
      ['SIGTERM', 143],
    ] as const) {
      const program = `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000);`;
      const { code } = await bootstrap(createClone({ program }), ['start']);
      assert.equal(code, expected);
    }
  });
});
