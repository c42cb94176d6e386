import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import type { SpawnRequest } from './messages.ts';

/**
 * Starts a child with exactly what the request says: its own session, so that no terminal and no signal
 * to the keeper's group reaches it; its output appended to a file, which no reader can block. It waits for
 * {@link giveOrders}.
 */
export function spawnChild(
  request: SpawnRequest,
  listeners: Readonly<Record<string, number>>,
): ChildProcess {
  const inherited = request.listeners.map((name) => {
    const descriptor = listeners[name];
    if (descriptor === undefined) throw new Error(`there is no listener "${name}"`);
    return descriptor;
  });
  const output = openSync(request.output, 'a', 0o600);
  try {
    const child = spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: { ...request.env },
      detached: true,
      stdio: ['ignore', output, output, 'pipe', ...inherited],
    });
    if (child.pid !== undefined) setShares(child.pid, request);
    return child;
  } finally {
    closeSync(output);
  }
}

/**
 * Writes a child's orders and closes the pipe behind them. Only when it is written down that the child is
 * there: if the keeper dies before, the child reads nothing, and ends.
 */
export function giveOrders(child: ChildProcess, orders: string): void {
  const pipe = child.stdio[3] as Writable | null;
  // A child that dies before it reads breaks the pipe; its exit says so already.
  pipe?.on('error', () => {});
  pipe?.end(orders);
}

/** Its share of processor and memory, as far as this account may set it: a wish, not a condition. */
function setShares(pid: number, { nice, oomScoreAdjust }: SpawnRequest): void {
  if (nice !== undefined) {
    try {
      setPriority(pid, Math.min(nice, constants.priority.PRIORITY_LOW));
    } catch {
      // Below the keeper's own priority is for root alone.
    }
  }
  if (oomScoreAdjust !== undefined) {
    try {
      writeFileSync(`/proc/${pid}/oom_score_adj`, String(oomScoreAdjust));
    } catch {
      // Not Linux, or below the keeper's own score.
    }
  }
}
