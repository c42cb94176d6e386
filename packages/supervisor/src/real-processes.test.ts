import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHost } from '@portico/host';
import { createAsker } from './fixtures/line-protocol.ts';
import { groupFor, placementFor } from './fixtures/simulated-machine.ts';
import { until } from './fixtures/until.ts';
import { readKeeperState } from './keeper/keeper-state.ts';
import { endOrphans } from './keeper/orphans.ts';
import { isAlive } from './keeper/process-identity.ts';
import { startKeeper } from './keeper/start-keeper.ts';
import { createPlaces } from './launch.ts';
import type { Placement } from './placement.ts';
import type { SupervisorStatus } from './status.ts';

const program = new URL('fixtures/real-supervisor.ts', import.meta.url).pathname;
const placement = placementFor(
  groupFor('edge', [], { replicas: { min: 2, max: 2 }, env: { MODE: 'one' } }),
  groupFor('cart', ['cart']),
);

interface Answer {
  readonly pid: number;
  readonly replica: string;
  readonly tables: number;
  readonly env: Readonly<Record<string, string>>;
}

type Told = SupervisorStatus & { readonly pid: number };

interface Scene {
  readonly directory: string;
  readonly stateFile: string;
  port: number;
  start(port?: number): Promise<void>;
  status(): Promise<Told>;
  apply(placement: Placement): Promise<unknown>;
  /** Waits until every replica that is wanted is ready. */
  settled(): Promise<Told>;
}

/** A system of real processes in a directory of its own; nothing of it outlives the test. */
async function createScene(t: TestContext): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'real-'));
  const stateFile = join(directory, 'keeper.json');
  writeFileSync(join(directory, 'placement.json'), JSON.stringify(placement));
  const address = join(createPlaces(directory).run, 'control.sock');
  const ask = async (operation: string, input: object): Promise<Record<string, unknown>> => {
    const socket = connect(address);
    await once(socket, 'connect');
    const output = await createAsker(socket)(operation, input);
    socket.destroy();
    return output;
  };
  const scene: Scene = {
    directory,
    stateFile,
    port: 0,
    async start(port = 0) {
      const { ports, process: keeper } = await startKeeper({
        stateFile,
        supervisor: { command: process.execPath, args: [program, directory] },
        listeners: { public: { host: '127.0.0.1', port } },
        output: join(directory, 'keeper.out'),
      });
      scene.port = ports.public ?? 0;
      // From here on the file tells what has to be ended behind a test.
      await until(() => readKeeperState(stateFile)?.keeper.pid === keeper.pid);
    },
    status: async () => (await ask('status', {})) as unknown as Told,
    apply: (next) => ask('apply', next),
    async settled() {
      let told: Told | undefined;
      await until(async () => {
        // Between two supervisors nobody answers.
        told = await scene.status().catch(() => undefined);
        const groups = told?.groups ?? [];
        const isWhole = groups.every(
          ({ wanted, replicas, change }) =>
            !change &&
            replicas.length === wanted &&
            replicas.every(({ phase }) => phase === 'ready'),
        );
        return groups.length > 0 && !told?.plan && isWhole;
      });
      assert.ok(told);
      return told;
    },
  };
  t.after(async () => {
    const state = readKeeperState(stateFile);
    if (state && isAlive(state.keeper)) process.kill(state.keeper.pid, 'SIGKILL');
    await until(() => !state || !isAlive(state.keeper));
    await endOrphans(stateFile, createHost());
    rmSync(directory, { recursive: true });
  });
  await scene.start();
  await scene.settled();
  return scene;
}

function ask(port: number, path = '/'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, async (response) => {
      resolve(JSON.parse((await response.toArray()).join('')) as Answer);
    });
    request.on('error', reject);
  });
}

const children = (scene: Scene) =>
  new Map(readKeeperState(scene.stateFile)?.children.map(({ id, pid }) => [id.split('.')[0], pid]));

test('replicas start with what their group says, and nothing of the shell that started it all', async (t) => {
  const scene = await createScene(t);
  const { env, replica } = await ask(scene.port);
  assert.match(replica, /^edge-[01]$/);
  assert.equal(env.MODE, 'one');
  const known = ['PATH', 'TZ', 'NODE_ENV', 'NODE_COMPILE_CACHE', 'MODE'];
  assert.deepEqual(
    Object.keys(env).filter((name) => !known.includes(name)),
    [],
  );
  assert.match(readFileSync(join(scene.directory, 'log', 'cart-0.log'), 'utf8'), /"msg":"started"/);
});

test('a killed supervisor is missed by nobody; the next one adopts what it finds', async (t) => {
  const scene = await createScene(t);
  const before = children(scene);
  const { pid, generation } = await scene.settled();
  const { pid: witness, tables } = await ask(scene.port);
  process.kill(pid, 'SIGKILL');
  assert.match((await ask(scene.port)).replica, /^edge/);
  await until(async () => (await scene.status().catch(() => undefined))?.pid !== pid);
  await scene.settled();
  assert.deepEqual(children(scene), before);
  // Its tables go on where the other's ended, so replicas take them.
  await until(async () => (await scene.status()).generation > generation);
  await until(async () => {
    const answer = await ask(scene.port);
    return answer.pid === witness && answer.tables > tables;
  });
});

test('a killed replica is replaced, one that crashes leaves a report of why', async (t) => {
  const scene = await createScene(t);
  const before = children(scene);
  process.kill(before.get('cart-0') ?? 0, 'SIGKILL');
  await until(
    () => (children(scene).get('cart-0') ?? before.get('cart-0')) !== before.get('cart-0'),
  );
  await scene.settled();
  await assert.rejects(ask(scene.port, '/crash'));
  const crashes = join(scene.directory, 'crashes');
  await until(() => readdirSync(crashes).length === 2);
  await scene.settled();
  const reports = readdirSync(crashes).toSorted();
  const [killed, crashed] = reports.map((name) =>
    JSON.parse(readFileSync(join(crashes, name), 'utf8')),
  );
  assert.equal(killed.exit.signal, 'SIGKILL');
  assert.equal(crashed.group, 'edge');
  assert.match(crashed.output.join('\n'), /asked to crash/);
  assert.match(crashed.log.join('\n'), /started/);
});

test('a replica whose event loop stands still is killed and replaced', async (t) => {
  const scene = await createScene(t);
  await assert.rejects(ask(scene.port, '/freeze'), 'its connection ends with it');
  const { groups } = await scene.settled();
  assert.equal(groups.find(({ name }) => name === 'edge')?.replicas.length, 2);
  assert.match((await ask(scene.port)).replica, /^edge/);
});

test('all gateways are replaced under load, and no request is lost', async (t) => {
  const scene = await createScene(t);
  const before = children(scene);
  let over = false;
  const answers: Answer[] = [];
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!over) answers.push(await ask(scene.port));
    }),
  );
  const [edge, ...others] = placement.groups;
  assert.ok(edge);
  await scene.apply({ ...placement, groups: [{ ...edge, env: { MODE: 'two' } }, ...others] });
  await until(async () => (await scene.status()).plan === undefined);
  await scene.settled();
  over = true;
  await load;
  const modes = new Set(answers.map(({ env }) => env.MODE));
  assert.deepEqual(modes, new Set(['one', 'two']));
  assert.equal((await ask(scene.port)).env.MODE, 'two');
  const after = children(scene);
  assert.equal(after.get('cart-0'), before.get('cart-0'));
});

test('after a killed keeper the system starts anew, and its orphans are gone', async (t) => {
  const scene = await createScene(t);
  const state = readKeeperState(scene.stateFile);
  assert.ok(state);
  process.kill(state.keeper.pid, 'SIGKILL');
  await until(() => !state.supervisor || !isAlive(state.supervisor));
  assert.match((await ask(scene.port)).replica, /^edge/);
  await endOrphans(scene.stateFile, createHost());
  assert.deepEqual(state.children.filter(isAlive), []);
  await scene.start(scene.port);
  await scene.settled();
  assert.match((await ask(scene.port)).replica, /^edge/);
});

test('SIGTERM to the keeper drains everything', async (t) => {
  const scene = await createScene(t);
  const state = readKeeperState(scene.stateFile);
  assert.ok(state);
  process.kill(state.keeper.pid, 'SIGTERM');
  await until(() => !isAlive(state.keeper));
  assert.deepEqual(state.children.filter(isAlive), []);
  await assert.rejects(ask(scene.port), /ECONNREFUSED/);
});
