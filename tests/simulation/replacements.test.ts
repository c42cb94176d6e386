import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { api, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import { createRemoteServices, type RemoteServices, type RoutingTable } from '@portico/runtime';
import { type Call, Cancellation } from '@portico/service';
import type { Placement } from '@portico/supervisor';
import * as z from 'zod';
import { type Misbehaviour, startSimulatedSystem } from './replacements/simulated-system.ts';

const Bell = api('bell', {
  version: '1.0.0',
  summary: 'Rings.',
  operations: {
    ring: operation({
      summary: 'Rings it.',
      effect: 'unsafe',
      timeoutMs: 2_000,
      input: z.object({ id: z.int32() }),
    }),
  },
});

/** A mistake made on purpose. */
interface Bug {
  readonly name: string;
  readonly misbehaviour?: Misbehaviour;
  /** What a caller makes of a table before it is judged. */
  readonly read?: (table: RoutingTable, received: number) => RoutingTable;
}

/** Who calls, and how many tables it was given. */
interface Caller {
  readonly remote: RemoteServices;
  received: number;
}

const bugs: readonly Bug[] = [
  {
    name: 'an old table is accepted',
    read: (table, received) => ({ ...table, generation: received }),
  },
  { name: 'refusing before the callers know', misbehaviour: { refusesEarly: true } },
];
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;
const SEEDS = 20;
const STARTED_WITHIN_S = 20;
const SETTLED_MS = 6_000;
const CHANGES_MS = 12_000;
const CALL_EVERY_MAX_MS = 40;
const WORK_MAX_MS = 40;
const LATE_TABLE_EVERY_MAX_MS = 800;

const group = (name: string, services: readonly string[], replicas: number) => ({
  ...{ name, services, gateway: services.length === 0, replicas: { min: replicas, max: replicas } },
  ...{ machines: [], env: {}, limits: {}, stores: {} },
});

/**
 * Two callers of one service while its replicas are replaced one after the other, under the supervisor as it is.
 * Tables come late, and old ones once more. @throws {AssertionError} when a promise is broken.
 */
async function check(seed: number, bug: Bug | undefined): Promise<void> {
  const host = createSimulatedHost({ seed });
  const { random, clock, timers } = host;
  const directory = mkdtempSync(join(tmpdir(), 'replacements-'));
  const replicas = 1 + Math.floor(random.float() * 2);
  const placement: Placement = {
    ...{ system: 'bells', listeners: { public: '127.0.0.1:1', admin: '127.0.0.1:2' } },
    groups: [group('bell', ['bell'], replicas), group('edge', [], 2)],
  };
  const runs = new Map<number, number>();
  const callers = new Map<string, Caller>();
  const tables: RoutingTable[] = [];
  const give = (caller: Caller, table: RoutingTable) => {
    const { remote } = caller;
    const before = remote.table;
    caller.received++;
    remote.apply(bug?.read?.(table, caller.received) ?? table);
    assert(isForward(before, remote.table), 'a caller went back to an older table');
  };
  const system = startSimulatedSystem({
    ...{ host, directory, placement, misbehaviour: bug?.misbehaviour },
    async handle(input) {
      const { id } = input as { id: number };
      runs.set(id, (runs.get(id) ?? 0) + 1);
      await timers.sleep(random.float() * WORK_MAX_MS);
    },
    async onTable(name, table) {
      if (!name.startsWith('edge')) return;
      tables.push(table);
      const caller = callers.get(name) ?? {
        remote: createRemoteServices({ host, self: name, dial: system.dial, wants: () => true }),
        received: 0,
      };
      callers.set(name, caller);
      give(caller, table);
      await caller.remote.connected(1_500);
    },
  });
  try {
    const isReady = ({ remote }: Caller) =>
      remote.replicasOf('bell').filter(({ state }) => state === 'ready').length === replicas;
    const hasStarted = () =>
      system.supervisor.isSettled() && callers.size === 2 && [...callers.values()].every(isReady);
    for (let second = 0; second < STARTED_WITHIN_S && !hasStarted(); second++)
      await host.advance(1_000);
    assert(hasStarted(), 'the system has started');
    const failures: string[] = [];
    const calls: Promise<void>[] = [];
    const chosen = () => [...callers.values()][Math.floor(random.float() * 2)];
    const call = async (id: number) => {
      const made = {
        caller: { permissions: new Set<string>(), via: 'test' },
        from: 'edge',
      } as const;
      const asked: Call = {
        ...made,
        ...{ deadline: clock.monotonic() + 5_000, cancellation: new Cancellation() },
        ...{ key: undefined, criticality: 'default', attempt: 1, trace: TRACE },
      };
      await chosen()
        ?.remote.callerOf('bell')
        ?.call(Bell.operations.ring, { id }, asked)
        .catch((failure: Error) => failures.push(`call ${id}: ${failure.message}`));
    };
    let isOver = false;
    const receiveLate = async () => {
      while (!isOver) {
        await timers.sleep(random.float() * LATE_TABLE_EVERY_MAX_MS);
        const caller = chosen();
        const table = tables[Math.floor(random.float() * tables.length)];
        if (caller && table) give(caller, table);
      }
    };
    const late = receiveLate();
    const endAt = clock.monotonic() + CHANGES_MS;
    for (let id = 0; clock.monotonic() < endAt; id++) {
      if (system.supervisor.isSettled() && random.float() < 0.04) system.supervisor.restart('bell');
      calls.push(call(id));
      await host.advance(random.float() * CALL_EVERY_MAX_MS);
    }
    isOver = true;
    await host.advance(SETTLED_MS);
    await late;
    await Promise.all(calls);
    assert.deepEqual(failures, [], 'calls failed while replicas were replaced');
    assert.equal(system.refused(), 0, 'calls were given to who refuses them');
    for (const [id, times] of runs) assert.equal(times, 1, `call ${id} ran ${times} times`);
    assert.equal(runs.size, calls.length);
  } finally {
    for (const { remote } of callers.values()) remote.close();
    rmSync(directory, { recursive: true });
  }
}

const TRACE = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  sampled: true,
};

function isForward(before: RoutingTable | undefined, after: RoutingTable | undefined): boolean {
  if (!before || !after) return true;
  if (before.epoch !== after.epoch) return after.epoch > before.epoch;
  return after.generation >= before.generation;
}

describe('replicas are replaced, simulated', () => {
  it(`without a failed call in ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await check(seed, undefined);
  });

  for (const bug of bugs) {
    it(`and who does it wrong is found out: ${bug.name}`, async () => {
      for (let seed = 1; seed <= BUG_SEEDS; seed++) {
        const problem = await check(seed, bug).catch((thrown: unknown) => thrown);
        if (problem instanceof assert.AssertionError) return;
        if (problem) throw problem;
      }
      assert.fail('the bug was not found');
    });
  }
});
