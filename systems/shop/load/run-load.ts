import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { act } from './actions.ts';
import type { AnswerLog } from './answer-log.ts';
import type { PlannedSession } from './plan.ts';
import { createRecorder } from './recorder.ts';
import { createVisitor, type Surroundings } from './visitor.ts';
import type { World } from './world.ts';

/** What is run. */
export interface LoadRequest {
  readonly plan: readonly PlannedSession[];
  readonly world: World;
  readonly answers: AnswerLog;
  /** Names the load in idempotency keys. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** How long visitors ask again while the shop is away. Default: not at all. */
  readonly patienceMs?: number;
  /** Visitors at once; those who come when so many are there turn round, and are counted. Default 2,000. */
  readonly sessionsMax?: number;
  /** Time runs so many times faster than planned. For tests. */
  readonly speed?: number;
}

/** More than a machine with two cores serves. */
const SESSIONS_MAX = 2_000;

/**
 * Sends every visitor of a plan at its time, whatever became of those before. Ends when the last one has
 * been answered; `signal` lets nobody begin anything new.
 */
export async function runLoad(request: LoadRequest) {
  const { plan, world, answers, name, signal, patienceMs = 0, speed = 1 } = request;
  const { sessionsMax = SESSIONS_MAX } = request;
  const recorder = createRecorder();
  const pause = (ms: number) => sleep(ms);
  const around: Surroundings = { world, recorder, answers, name, patienceMs, pause };
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) * speed;
  let there = 0;
  let turnedAway = 0;

  const visit = async (session: PlannedSession): Promise<void> => {
    const firstMs = session.actions[0]?.atMs ?? 0;
    if (!(await waitUntil(firstMs))) return;
    if (there >= sessionsMax) {
      turnedAway += 1;
      return;
    }
    there += 1;
    await carryOut(session).finally(() => {
      there -= 1;
    });
  };
  const waitUntil = async (atMs: number): Promise<boolean> => {
    const leftMs = (atMs - elapsed()) / speed;
    if (leftMs > 0) await sleep(leftMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
  const carryOut = async (session: PlannedSession): Promise<void> => {
    const visitor = createVisitor(session, around);
    const afterwards: Promise<void>[] = [];
    let freeAt = 0;
    for (const action of session.actions) {
      if (!(await waitUntil(action.atMs))) break;
      // What the generator itself is late by, not what the visitor waited for its last answer.
      recorder.began((elapsed() - Math.max(action.atMs, freeAt)) / speed);
      const after = await act(visitor, action);
      freeAt = elapsed();
      recorder.action(action.kind, (freeAt - action.atMs) / speed, action.soap);
      if (after) afterwards.push(after());
    }
    await Promise.all(afterwards);
  };

  await Promise.all(plan.map(visit));
  const tookMs = performance.now() - startedAt;
  return { ...recorder.summary(), ...answers.counts(), turnedAway, tookMs };
}

export type LoadResult = Awaited<ReturnType<typeof runLoad>>;
