import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BoundListener, bindListeners, type ListenerAddress } from './bind-listeners.ts';
import type { KeeperSettings } from './keeper.ts';
import { ORDERS } from './messages.ts';

/** What a keeper is started with. */
export interface KeeperStart {
  readonly stateFile: string;
  readonly supervisor: KeeperSettings['supervisor'];
  /** By name; port 0 takes any. */
  readonly listeners: Readonly<Record<string, ListenerAddress>>;
  /** The file for what keeper and supervisor themselves print. */
  readonly output: string;
}

/** A keeper at work. */
export interface StartedKeeper {
  readonly process: ChildProcess;
  /** Name → port really bound. */
  readonly ports: Readonly<Record<string, number>>;
}

/**
 * Binds the listeners and hands them to a new keeper, in the same turn of the event loop: nothing that
 * arrives is accepted here. The keeper lives on when this process ends.
 *
 * @throws {Error} naming the listener when an address is in use.
 */
export async function startKeeper(start: KeeperStart): Promise<StartedKeeper> {
  mkdirSync(dirname(start.output), { recursive: true });
  const output = openSync(start.output, 'a', 0o600);
  try {
    return await bindListeners(start.listeners, (bound) => spawnKeeper(start, bound, output));
  } finally {
    closeSync(output);
  }
}

function spawnKeeper(
  { stateFile, supervisor }: KeeperStart,
  bound: readonly BoundListener[],
  output: number,
): StartedKeeper {
  const listeners = Object.fromEntries(bound.map(({ name }, index) => [name, ORDERS + index]));
  const settings: KeeperSettings = { stateFile, supervisor, listeners };
  const program = fileURLToPath(import.meta.resolve('./main.ts'));
  const process_ = spawn(process.execPath, [program, JSON.stringify(settings)], {
    detached: true,
    stdio: ['ignore', output, output, ...bound.map(({ descriptor }) => descriptor)],
  });
  process_.unref();
  const ports = Object.fromEntries(bound.map(({ name, port }) => [name, port]));
  return { process: process_, ports };
}
