import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHost } from '@portico/host';
import { until } from '../fixtures/until.ts';
import { readIfThere } from '../write-durably.ts';
import { type KeeperState, readKeeperState } from './keeper-state.ts';
import type { ChildExit, KeptChild } from './messages.ts';
import { endOrphans } from './orphans.ts';
import { identify, isAlive } from './process-identity.ts';
import { type StartedKeeper, startKeeper } from './start-keeper.ts';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;

interface Note {
  readonly by: number;
  readonly children?: readonly KeptChild[];
  readonly exited?: string;
  readonly exit?: ChildExit;
}

interface Answer {
  readonly pid: number;
  readonly orders: { readonly name: string };
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

interface Scene {
  readonly directory: string;
  readonly stateFile: string;
  start(port?: number): Promise<StartedKeeper>;
  state(): KeeperState;
  notes(): readonly Note[];
}

/** A directory, and keepers with the small supervisor; nothing of it outlives the test. */
function createScene(t: TestContext, program = fixture('listening-replica.ts')): Scene {
  const directory = mkdtempSync(join(tmpdir(), 'keeper-'));
  const stateFile = join(directory, 'keeper.json');
  const scene: Scene = {
    directory,
    stateFile,
    async start(port = 0) {
      const started = await startKeeper({
        stateFile,
        supervisor: {
          command: process.execPath,
          args: [fixture('small-supervisor.ts'), directory, program],
        },
        listeners: { public: { host: '127.0.0.1', port } },
        output: join(directory, 'keeper.out'),
      });
      // From here on the file tells what has to be ended behind a test.
      await until(() => readKeeperState(stateFile)?.keeper.pid === started.process.pid);
      return started;
    },
    state: () => {
      const state = readKeeperState(stateFile);
      assert.ok(state, readIfThere(join(directory, 'keeper.out')));
      return state;
    },
    notes: () =>
      (readIfThere(join(directory, 'notes')) ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Note),
  };
  t.after(async () => {
    const state = readKeeperState(stateFile);
    if (state && isAlive(state.keeper)) process.kill(state.keeper.pid, 'SIGKILL');
    await until(() => !state || !isAlive(state.keeper));
    await endOrphans(stateFile, createHost());
    rmSync(directory, { recursive: true });
  });
  return scene;
}

function ask(port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent: false }, async (response) => {
      resolve(JSON.parse((await response.toArray()).join('')) as Answer);
    });
    request.on('error', reject);
  });
}

/** The processes that answer, asked until there are two. */
async function askBoth(port: number): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  await until(async () => pids.add((await ask(port)).pid).size >= 2);
  return pids;
}

test('replicas share one listener, and callers wait in its queue while all of them are gone', async (t) => {
  const scene = createScene(t);
  const { ports } = await scene.start();
  const port = ports.public ?? 0;
  // Asked before anybody accepts: the first answer comes from the queue already.
  const first = await ask(port);
  assert.equal(first.env.GREETING, 'hello');
  assert.deepEqual(Object.keys(first.env).toSorted(), ['GREETING', 'PATH']);
  const before = await askBoth(port);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  const answer = await ask(port);
  assert.ok(!before.has(answer.pid));
  assert.match(answer.orders.name, /^(one|two)$/);
});

test('children outlive their supervisor, and the next one takes them on', async (t) => {
  const scene = createScene(t);
  const { ports } = await scene.start();
  const before = await askBoth(ports.public ?? 0);
  const { supervisor } = scene.state();
  assert.ok(supervisor);
  process.kill(supervisor.pid, 'SIGKILL');
  await until(() => scene.notes().some(({ by, children }) => children && by !== supervisor.pid));
  const found = scene.notes().findLast(({ children }) => children)?.children ?? [];
  assert.deepEqual(new Set(found.map(({ pid }) => pid)), before);
  assert.deepEqual(found.map(({ about }) => about).length, 2);
  assert.deepEqual(await askBoth(ports.public ?? 0), before);
});

test('a child that ended while there was no supervisor is told to the next one', async (t) => {
  const scene = createScene(t);
  const { ports } = await scene.start();
  const before = await askBoth(ports.public ?? 0);
  const { supervisor, children } = scene.state();
  assert.ok(supervisor);
  // Stopped, it reads nothing; so what it should hear is still unheard when it dies.
  process.kill(supervisor.pid, 'SIGSTOP');
  const [victim] = children;
  assert.ok(victim);
  process.kill(victim.pid, 'SIGKILL');
  await until(() => scene.state().children.length === 1);
  process.kill(supervisor.pid, 'SIGKILL');
  await until(async () => !before.has((await ask(ports.public ?? 0)).pid));
  const told = scene.notes().findLast((one) => one.children)?.children ?? [];
  assert.equal(told.find(({ id }) => id === victim.id)?.exit?.signal, 'SIGKILL');
});

test('the children of a dead keeper serve on until the next keeper drains them', async (t) => {
  const scene = createScene(t);
  const { ports } = await scene.start();
  const port = ports.public ?? 0;
  const before = await askBoth(port);
  const { keeper, supervisor, children } = scene.state();
  await assert.rejects(endOrphans(scene.stateFile, createHost()), /running already \(keeper, pid/);
  process.kill(keeper.pid, 'SIGKILL');
  await until(() => !isAlive(keeper) && !(supervisor && isAlive(supervisor)));
  assert.ok(before.has((await ask(port)).pid));
  const ended = await endOrphans(scene.stateFile, createHost());
  assert.deepEqual(ended.drained.toSorted(), children.map(({ id }) => id).toSorted());
  assert.deepEqual(ended.killed, []);
  await scene.start(port);
  assert.ok(!before.has((await ask(port)).pid));
});

test('a process that only has the number of an old one is left alone', async (t) => {
  const scene = createScene(t);
  const { process: keeper } = await scene.start();
  await until(() => readKeeperState(scene.stateFile)?.children.length === 2);
  const { children } = scene.state();
  keeper.kill('SIGKILL');
  await once(keeper, 'exit');
  const [child] = children;
  assert.ok(child && isAlive(child));
  assert.equal(isAlive({ ...child, startedAt: `${child.startedAt}0` }), false);
  assert.equal(identify(keeper.pid ?? 0), undefined);
});

test('SIGTERM ends everything, the supervisor first asked to drain', async (t) => {
  const scene = createScene(t);
  const { process: keeper, ports } = await scene.start();
  await askBoth(ports.public ?? 0);
  const { children } = scene.state();
  keeper.kill('SIGTERM');
  const [code] = await once(keeper, 'exit');
  assert.equal(code, 0);
  assert.deepEqual(children.filter(isAlive), []);
  assert.deepEqual(
    scene.notes().flatMap(({ exit }) => exit?.code ?? []),
    [0, 0],
  );
  await assert.rejects(ask(ports.public ?? 0), /ECONNREFUSED/);
});

test('an address in use is named', async (t) => {
  const scene = createScene(t);
  const { ports } = await scene.start();
  const second = createScene(t);
  await assert.rejects(second.start(ports.public), /public at 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});
