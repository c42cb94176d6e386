import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, Failure, type Operation, operation } from '@portico/contract';
import { createSimulatedHost, type Host } from '@portico/host';
import { type Call, Cancellation, service } from '@portico/service';
import type { Replica } from '@portico/service/spi';
import * as z from 'zod';
import { startBench } from '../fixtures.ts';
import type { Adjusted, CallerPolicies } from './defaults.ts';
import { callFrom, createFakeReplica, type FakeReplica } from './fixtures.ts';
import { createRemoteCaller } from './remote-caller.ts';

const spec = { input: z.object({ id: z.int32(), ms: z.int32() }), timeoutMs: 300 } as const;
const Bell = api('bell', {
  version: '1.0.0',
  summary: 'Rings.',
  operations: {
    look: operation({ ...spec, summary: 'Looks at it.', effect: 'safe' }),
    ring: operation({ ...spec, summary: 'Rings it.', effect: 'unsafe' }),
  },
});

/** A mistake made on purpose: what a caller, or the way between caller and callee, does wrong. */
interface Bug {
  readonly name: string;
  readonly policies?: Adjusted<CallerPolicies>;
  readonly call?: (call: Call) => Call;
  readonly operation?: (operation: Operation) => Operation;
  /** The callee's clock. */
  readonly clock?: (clock: Host['clock']) => Host['clock'];
}

/** Later than the last deadline of a run. */
const SLOW_CLOCK_MS = 60_000;

const bugs: readonly Bug[] = [
  { name: 'no budget', policies: { retryBudget: { share: 1e6, perSecond: 1e6 } } },
  { name: 'retry of unsafe', operation: (made) => ({ ...made, effect: 'idempotent' }) },
  {
    name: 'deadline lost on the way',
    call: (call) => ({ ...call, deadline: Number.POSITIVE_INFINITY }),
  },
  { name: 'cancel ignored', call: (call) => ({ ...call, cancellation: new Cancellation() }) },
  {
    name: 'expired work is served',
    clock: (clock) => ({ ...clock, monotonic: () => clock.monotonic() - SLOW_CLOCK_MS }),
  },
];
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;
const SEEDS = 50;
const CALLS = 150;
/** The longest that a frame is under way: what a callee does until it has heard that nobody waits is no mistake. */
const WAY_MS = 30;

/** How many times longer a slow replica takes for everything. */
const SLOWNESS = 10;
const BACK_WITHIN_MS = 200;

/** One run of a handler. */
interface Run {
  readonly id: number;
  readonly at: number;
  endedAt: number;
}

/** What a caller knows of a call. */
interface Made {
  readonly id: number;
  readonly isUnsafe: boolean;
  readonly deadline: number;
  endedAt: number;
  problem?: unknown;
}

/** Kills a replica now and then, and brings it back. @returns what ends with the process that is there now. */
function killNowAndThen(
  replica: FakeReplica,
  { random, timers }: Host,
  everyMaxMs: number,
): () => Cancellation {
  let life = new Cancellation();
  const die = () => {
    replica.state = 'connecting';
    life.cancel(new Failure('UNAVAILABLE', 'unavailable', 'The process died.'));
    timers.after(random.float() * BACK_WITHIN_MS, () => {
      life = new Cancellation();
      replica.state = 'ready';
      timers.after(random.float() * everyMaxMs, die);
    });
  };
  if (everyMaxMs > 0) timers.after(random.float() * everyMaxMs, die);
  return () => life;
}

/**
 * Two replicas of a service, each a whole runtime, some slow, some dying, over a way that delays calls and loses
 * answers; callers in a hurry that give up. @throws {AssertionError} when a promise is broken.
 */
async function check(seed: number, bug: Bug | undefined): Promise<void> {
  const host = createSimulatedHost({ seed });
  const { random, clock, timers } = host;
  const int = (max: number) => Math.floor(random.float() * max);
  const lossChance = [0, 0.2, 1][int(3)] ?? 0;
  const isDown = int(4) === 0;
  const diesEveryMaxMs = int(3) === 0 ? 600 : 0;
  const runs: Run[] = [];
  let sent = 0;
  const handle = async ({ id, ms }: { id: number; ms: number }, signal: AbortSignal) => {
    const run: Run = { id, at: clock.monotonic(), endedAt: Number.POSITIVE_INFINITY };
    runs.push(run);
    await timers.sleep(ms, signal).finally(() => {
      run.endedAt = clock.monotonic();
    });
  };
  const start = async (name: string): Promise<Replica> => {
    const slowness = int(4) === 0 ? SLOWNESS : 1;
    const work = ({ id, ms }: { id: number; ms: number }, signal: AbortSignal) =>
      handle({ id, ms: ms * slowness }, signal);
    const bell = service(Bell)({
      operations: {
        look: (input, { signal }) => work(input, signal),
        ring: (input, { signal }) => work(input, signal),
      },
    });
    const own = bug?.clock ? { ...host, clock: bug.clock(clock) } : host;
    const { runtime } = await startBench([bell], { host: own, policies: { limit: { start: 8 } } });
    const replica = createFakeReplica(name, async (call, operation, input) => {
      sent++;
      const heard = new Cancellation();
      call.cancellation.onCancel((reason) => {
        timers.after(int(WAY_MS), () => heard.cancel(reason));
      });
      const life = lifeOf();
      life.onCancel((reason) => heard.cancel(reason));
      await timers.sleep(int(WAY_MS));
      if (isDown) throw new Failure('UNAVAILABLE', 'unavailable', 'The connection died.');
      if (life.reason) throw life.reason;
      const made = Bell.operations[operation.name as 'ring'];
      const arrived = { ...call, cancellation: heard };
      const answer = runtime.dispatcher.dispatch(made, input, bug?.call?.(arrived) ?? arrived);
      if (random.float() >= lossChance) return await answer;
      await answer.catch(() => {});
      throw new Failure('UNAVAILABLE', 'unavailable', 'The answer was lost.');
    });
    const lifeOf = killNowAndThen(replica, host, diesEveryMaxMs);
    replica.serves = () => true;
    return replica;
  };
  const replicas = [await start('r1'), await start('r2')];
  const caller = createRemoteCaller({
    ...{ host, service: 'bell', replicas: () => replicas },
    // Apart from the throttle, which would hide what is done without a budget.
    policies: { throttle: { chanceMax: 0 }, ...bug?.policies },
  });
  const all: Made[] = [];
  const begin = async (id: number) => {
    const isUnsafe = int(2) === 0;
    const operation = isUnsafe ? Bell.operations.ring : Bell.operations.look;
    const cancellation = new Cancellation();
    const now = clock.monotonic();
    const deadline = now + 30 + int(400);
    const made: Made = { id, isUnsafe, deadline: Math.min(deadline - 10, now + 300), endedAt: 0 };
    all.push(made);
    if (int(4) === 0) timers.after(int(200), () => cancellation.cancel());
    const call = callFrom(host, { deadline, cancellation });
    const input = { id, ms: int(150) };
    const answer = caller.call(bug?.operation?.(operation) ?? operation, input, call);
    await answer.catch((thrown: unknown) => {
      made.problem = thrown;
    });
    made.endedAt = clock.monotonic();
  };
  const ends: Promise<void>[] = [];
  for (let id = 0; id < CALLS; id++) {
    ends.push(begin(id));
    await host.advance(int(12));
  }
  await host.advance(5_000);
  await Promise.all(ends);
  for (const { id, isUnsafe, deadline, endedAt, problem } of all) {
    assert(!problem || problem instanceof Failure, `${id} ended in no class: ${problem}`);
    const own = runs.filter((run) => run.id === id);
    assert(endedAt <= deadline + 4, `${id} ended ${endedAt - deadline} ms late`);
    assert(!isUnsafe || own.length <= 1, `${id} is unsafe and ran ${own.length} times`);
    for (const run of own) {
      assert(run.at <= deadline, `${id} was begun after its deadline`);
      assert(run.endedAt <= endedAt + WAY_MS + 4, `${id} ran on though nobody waited`);
    }
  }
  // Three a second for the ten seconds that a budget remembers, and a tenth of what went well.
  const allowed = CALLS + 30 + 0.1 * CALLS;
  assert(sent <= allowed, `${sent} attempts of ${CALLS} calls`);
}

describe('policies, simulated', () => {
  it(`keep their promises in ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await check(seed, undefined);
  });

  for (const bug of bugs) {
    it(`are found out when they don't: ${bug.name}`, async () => {
      for (let seed = 1; seed <= BUG_SEEDS; seed++) {
        const problem = await check(seed, bug).catch((thrown: unknown) => thrown);
        if (problem instanceof assert.AssertionError) return;
        if (problem) throw problem;
      }
      assert.fail('the bug was not found');
    });
  }
});
