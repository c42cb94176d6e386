import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from '@portico/host';
import type { FaultName } from '../../../systems/shop/faults/catalogue.ts';
import { type Psp, startPsp } from './psp.ts';
import { type Consumers, createConsumers, createDoor, type Door } from './shop.ts';

/** A shop in a process of its own, which can lose its life at any moment. */
export interface ShopToKill extends Pick<Door, 'calls' | 'origin'> {
  readonly psp: Psp;
  readonly consumers: Consumers;
  readonly directory: string;
  /** Of the process that is there now. */
  readonly pid: number | undefined;
  /** Switches a fault on, until this process ends. */
  fault(name: FaultName, settings: object): Promise<void>;
  /** Waits until the process has ended by a fault, and counts it as meant. */
  death(): Promise<void>;
  /** `SIGKILL`: nothing is told, nothing is drained. Also while it starts. */
  kill(): Promise<void>;
  /**
   * A new process on the same data, at the same address. Ends when it listens, with the processor time that it
   * took; fails when it dies first.
   */
  start(): Promise<number>;
  /** When it ends without having been killed by us, with its exit code. */
  onDeath(listener: (code: number | string) => void): void;
  stop(): Promise<void>;
}

/** Starts it. The provider lives on in the test's process, as a foreign one would. */
export async function startShopToKill(): Promise<ShopToKill> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  const consumers = createConsumers(directory);
  const psp = await startPsp(directory, createHost().clock.now);
  const meant = new WeakSet<ChildProcess>();
  let child: ChildProcess | undefined;
  let door = createDoor('');
  let died: (code: number | string) => void = () => undefined;
  const start = async () => {
    const port = door.origin === '' ? '0' : new URL(door.origin).port;
    const spawned = fork(new URL('shop-process.ts', import.meta.url), [directory, psp.url, port]);
    child = spawned;
    spawned.once('exit', (code, signal) => meant.has(spawned) || died(signal ?? code ?? 0));
    const [message] = await Promise.race([
      once(spawned, 'message'),
      once(spawned, 'exit').then(([code, signal]) =>
        Promise.reject(new Error(`the shop ended with ${signal ?? code} before it listened`)),
      ),
    ]);
    const { origin, cpuMs } = message as { readonly origin: string; readonly cpuMs: number };
    psp.sendEventsTo(origin);
    if (origin !== door.origin) door = createDoor(origin);
    return cpuMs;
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    meant.add(child);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    psp,
    consumers,
    directory,
    get origin() {
      return door.origin;
    },
    get pid() {
      return child?.pid;
    },
    calls: (api, how) => door.calls(api, how),
    async fault(name, settings) {
      if (!child) return;
      const on = once(child, 'message');
      child.send({ name, settings });
      await on;
    },
    async death() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      meant.add(child);
      await once(child, 'exit');
    },
    kill,
    start,
    onDeath(listener) {
      died = listener;
    },
    async stop() {
      await kill();
      await psp.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
