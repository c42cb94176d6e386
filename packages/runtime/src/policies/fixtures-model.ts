import { Failure } from '@portico/contract';
import type { SimulatedHost } from '@portico/host';
import { createFakeReplica, type FakeReplica } from './fixtures.ts';

/** A replica as queueing theory has it: one worker, first come, first served. */
export interface ModelServer {
  readonly replica: FakeReplica;
  /** How long a call takes once it is its turn, on average. */
  serviceMs: number;
  /** Calls that it has done. */
  done: number;
}

/** A server with exponential service times. */
export function createModelServer(host: SimulatedHost, name: string, serviceMs: number) {
  let busyUntil = 0;
  const server: ModelServer = {
    serviceMs,
    done: 0,
    replica: createFakeReplica(name, async () => {
      const now = host.clock.monotonic();
      const tookMs = -Math.log(1 - host.random.float()) * server.serviceMs;
      busyUntil = Math.max(now, busyUntil) + tookMs;
      await host.timers.sleep(busyUntil - now);
      server.done++;
      return name;
    }),
  };
  return server;
}

/** A server that fails each call after `afterMs`. */
export function createFailingServer(host: SimulatedHost, name: string, afterMs: number) {
  return createFakeReplica(name, async () => {
    await host.timers.sleep(afterMs);
    throw new Failure('UNAVAILABLE', 'unavailable', 'It fails.');
  });
}

/** Calls that come at random, `perSecond` on average, whatever becomes of those before (open loop). */
export async function openLoop(
  host: SimulatedHost,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  call: () => Promise<unknown>,
): Promise<readonly Ended[]> {
  const ended: Promise<Ended>[] = [];
  const end = host.clock.monotonic() + seconds * 1000;
  const measure = async (): Promise<Ended> => {
    const from = host.clock.monotonic();
    const outcome = await call().then(
      () => 'answered' as const,
      (failure: Failure) => failure.class,
    );
    return { outcome, tookMs: host.clock.monotonic() - from, at: from };
  };
  while (host.clock.monotonic() < end) {
    ended.push(measure());
    await host.advance((-Math.log(1 - host.random.float()) * 1000) / perSecond);
  }
  await host.runUntilIdle();
  await host.advance(5_000);
  return await Promise.all(ended);
}

/** A call of an open loop. */
export interface Ended {
  readonly outcome: string;
  readonly tookMs: number;
  readonly at: number;
}

/** So many of a hundred took no longer than this. */
export function percentile(calls: readonly Ended[], percent: number): number {
  const sorted = calls.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** The part of calls that did not get an answer. */
export function failedShare(calls: readonly Ended[]): number {
  return calls.filter(({ outcome }) => outcome !== 'answered').length / calls.length;
}
