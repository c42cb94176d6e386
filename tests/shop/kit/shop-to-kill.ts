import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from '@portico/host';
import { type Psp, startPsp } from './psp.ts';
import { type Consumers, createConsumers, createDoor, type Door } from './shop.ts';

/** A shop in a process of its own, which can lose its life at any moment. */
export interface ShopToKill extends Pick<Door, 'calls' | 'origin'> {
  readonly psp: Psp;
  readonly consumers: Consumers;
  /** `SIGKILL`: nothing is told, nothing is drained. */
  kill(): Promise<void>;
  /** A new process on the same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. The provider lives on in the test's process, as a foreign one would. */
export async function startShopToKill(): Promise<ShopToKill> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  const consumers = createConsumers(directory);
  const psp = await startPsp(createHost().clock.now);
  const spawn = async () => {
    const child = fork(new URL('shop-process.ts', import.meta.url), [directory, psp.url]);
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`))),
    ]);
    const { origin } = message as { readonly origin: string };
    psp.sendEventsTo(origin);
    return { child, door: createDoor(origin) };
  };
  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  let { child, door } = await spawn();
  return {
    psp,
    consumers,
    get origin() {
      return door.origin;
    },
    calls: (api, how) => door.calls(api, how),
    kill: () => kill(child),
    async start() {
      ({ child, door } = await spawn());
    },
    async stop() {
      await kill(child);
      await psp.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
