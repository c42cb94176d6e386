import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { surgeOf } from '../placement.ts';
import type { CallFigures } from './canary.ts';
import {
  advanceChange,
  type RollingChange,
  type RollingPhase,
  type RollingReplica,
  resumeChange,
} from './rolling-change.ts';

const start: RollingChange = {
  group: 'cart',
  from: 1,
  to: 2,
  count: 4,
  canary: true,
  phase: 'first',
  startedAt: 0,
  phaseAt: 0,
};

interface Replica {
  readonly name: string;
  readonly revision: number;
  readonly bornAt: number;
  phase: RollingReplica['phase'];
  until?: number;
}

interface Scene {
  readonly change?: Partial<RollingChange>;
  /** What a replica of the new revision does when it is born; others become ready after 3 s. */
  readonly born?: (made: number) => 'ready' | 'never' | 'crash';
  readonly figures?: CallFigures;
  /** The second in which the supervisor is killed and a new one goes on. */
  readonly killedAt?: number;
}

interface Outcome {
  readonly change: RollingChange;
  readonly replicas: readonly Replica[];
  readonly phases: readonly RollingPhase[];
  readonly phaseWhenKilled: RollingPhase | undefined;
  readonly seconds: number;
}

const healthy: CallFigures = { calls: 500, failures: 0, timed: 500, p95Ms: 10 };

/** Lets a change run over a model of its group, one look a second; checks what holds at every moment. */
function run({ change: given, born, figures = healthy, killedAt }: Scene = {}): Outcome {
  let change: RollingChange = { ...start, ...given };
  const replicas: Replica[] = Array.from({ length: change.count }, (_, index) => ({
    name: `old-${index}`,
    revision: 1,
    bornAt: -100_000,
    phase: 'ready',
  }));
  const phases: RollingPhase[] = [change.phase];
  let made = 0;
  let crashes = 0;
  let phaseWhenKilled: RollingPhase | undefined;
  let second = 0;
  const live = () => replicas.filter(({ phase }) => phase !== 'stopped');
  for (; second < 2_000 && change.phase !== 'done' && change.phase !== 'rolled-back'; second++) {
    const now = second * 1_000;
    if (second === killedAt) {
      phaseWhenKilled = change.phase;
      change = resumeChange(change, now);
    }
    for (const one of live()) {
      if (one.until === undefined || one.until > now) continue;
      if (one.phase === 'starting' && one.revision === 2 && born?.(made) === 'crash') crashes++;
      const crashed = one.phase === 'starting' && one.revision === 2 && born?.(made) === 'crash';
      one.phase = one.phase === 'draining' || crashed ? 'stopped' : 'ready';
      delete one.until;
    }
    const view = live().map((one) => ({ ...one, ageMs: now - one.bornAt }));
    const step = advanceChange(change, {
      now,
      replicas: view,
      crashes,
      figures: { old: healthy, new: figures },
    });
    change = step.change;
    if (phases.at(-1) !== change.phase) phases.push(change.phase);
    for (const action of step.actions) {
      const one = live().find(({ name }) => action.kind === 'drain' && name === action.replica);
      if (one) Object.assign(one, { phase: 'draining', until: now + 5_000 });
      for (let index = 0; action.kind === 'start' && index < action.count; index++) {
        const { revision } = action;
        const never = revision === 2 && born?.(made + 1) === 'never';
        const until = never ? {} : { until: now + 3_000 };
        replicas.push({
          name: `new-${made++}`,
          revision,
          bornAt: now,
          phase: 'starting',
          ...until,
        });
      }
    }
    const ready = live().filter(({ phase }) => phase === 'ready').length;
    assert.ok(ready >= change.count, `${ready} serve in second ${second}`);
    const active = live().filter(({ phase }) => phase !== 'draining').length;
    assert.ok(active <= change.count + surgeOf(change.count), `${active} in second ${second}`);
  }
  return {
    change,
    replicas: live().filter(({ phase }) => phase !== 'draining'),
    phases,
    phaseWhenKilled,
    seconds: second,
  };
}

const revisions = ({ replicas }: Outcome) => replicas.map(({ revision }) => revision);

test('a release replaces the one before, judged first, and nobody is missing meanwhile', () => {
  const outcome = run();
  assert.deepEqual(outcome.phases, ['first', 'canary', 'rolling', 'done']);
  assert.deepEqual(revisions(outcome), [2, 2, 2, 2]);
});

test('a change without a canary goes on as soon as the first is ready', () => {
  assert.deepEqual(run({ change: { canary: false } }).phases, ['first', 'rolling', 'done']);
});

test('a release that does not become ready leaves the old one untouched', () => {
  const outcome = run({ born: () => 'never' });
  assert.deepEqual(outcome.phases, ['first', 'back', 'rolled-back']);
  assert.match(outcome.change.reason ?? '', /new-0 was not ready within 60 s/);
  assert.deepEqual(
    outcome.replicas.map(({ name }) => name),
    ['old-0', 'old-1', 'old-2', 'old-3'],
  );
});

test('a canary that fails more often is taken back', () => {
  const outcome = run({ figures: { calls: 500, failures: 50, timed: 500, p95Ms: 10 } });
  assert.deepEqual(outcome.phases, ['first', 'canary', 'back', 'rolled-back']);
  assert.match(outcome.change.reason ?? '', /10 % of its 500 calls failed/);
  assert.deepEqual(revisions(outcome), [1, 1, 1, 1]);
});

test('two crashes half-way bring everything back', () => {
  const outcome = run({ born: (made) => (made > 2 ? 'crash' : 'ready') });
  assert.deepEqual(outcome.phases, ['first', 'canary', 'rolling', 'back', 'rolled-back']);
  assert.equal(outcome.change.reason, 'new replicas crashed');
  assert.ok(outcome.seconds < 120, 'at the second crash, not at the last');
  assert.deepEqual(revisions(outcome), [1, 1, 1, 1]);
});

test('a supervisor that ends before the verdict goes back, afterwards on', () => {
  for (let killedAt = 1; killedAt < 25; killedAt++) {
    const outcome = run({ killedAt });
    const judged = !['first', 'canary'].includes(outcome.phaseWhenKilled ?? 'done');
    assert.equal(outcome.change.phase, judged ? 'done' : 'rolled-back', `killed at ${killedAt} s`);
    assert.deepEqual(revisions(outcome), judged ? [2, 2, 2, 2] : [1, 1, 1, 1]);
  }
});

test('whatever new replicas do, enough serve, and the end is one revision', () => {
  const fate = fc.constantFrom('ready' as const, 'never' as const, 'crash' as const);
  fc.assert(
    fc.property(
      fc.array(fate, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.option(fc.nat(200)),
      (fates, count, killedAt) => {
        const outcome = run({
          change: { count },
          born: (made) => fates[made % fates.length] ?? 'ready',
          ...(killedAt === null ? {} : { killedAt }),
        });
        const goal = outcome.change.phase === 'done' ? 2 : 1;
        assert.ok(outcome.change.phase === 'done' || outcome.change.phase === 'rolled-back');
        assert.ok(revisions(outcome).every((revision) => revision === goal));
        assert.equal(outcome.replicas.length, count);
        assert.ok(outcome.seconds <= 700, `${outcome.seconds} s`);
      },
    ),
  );
});
