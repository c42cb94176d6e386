import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pivot, saga, step } from '@portico/service';
import fc from 'fast-check';
import { common, createMortalStores, type Node, note, Refused, simulate } from './fixture.ts';

/** Runs of one property; a run is one saga through up to four processes. */
const RUNS = 40;

const act = (name: string) =>
  step<
    { id: string; receipts: string[] },
    typeof common.uses,
    typeof common.store,
    typeof common.api
  >(name, {
    do: async ({ receipts }, { uses }) => {
      const { receipt } = await uses.part.act({ name });
      return { receipts: [...receipts, receipt] };
    },
    undo: async (_data, { uses, transaction }) => {
      await uses.part.unact({ name });
      await transaction(async ({ db }) => void (await note(db, `undid ${name}`)));
    },
  });

const journey = saga(
  'journey',
  {
    ...common,
    deadlineMs: 60_000,
    undone: async (_data, { db }) => void (await note(db, 'undone')),
  },
  [
    act('one'),
    act('two'),
    act('three'),
    pivot('decide', async (_data, { db }) => void (await note(db, 'decided'))),
    step('four', { do: async (_data, { uses }) => void (await uses.part.act({ name: 'four' })) }),
    step('five', {
      do: async (_data, { uses, transaction }) => {
        await uses.part.act({ name: 'five' });
        await transaction(async ({ db }) => void (await note(db, 'arrived')));
      },
    }),
  ],
);

type Fate = 'ok' | 'refused' | 'lost request' | 'lost answer';

interface Plan {
  /** What happens to the attempts at each call, in order; then all is well. */
  readonly fates: Readonly<Record<string, readonly Fate[]>>;
  /** After how many commits each process dies, and on which side of the last of them. */
  readonly deaths: readonly { readonly commits: number; readonly at: 'before' | 'after' }[];
  readonly seed: number;
}

const unsure = fc.array(fc.constantFrom<Fate>('ok', 'lost request', 'lost answer'), {
  maxLength: 4,
});
const sure = fc.oneof(
  { weight: 4, arbitrary: unsure },
  { weight: 1, arbitrary: fc.constant<Fate[]>(['refused']) },
  // Longer than the deadline lasts.
  { weight: 1, arbitrary: fc.constant<Fate[]>(Array<Fate>(40).fill('lost answer')) },
  { weight: 1, arbitrary: fc.constant<Fate[]>(Array<Fate>(40).fill('lost request')) },
);
const plan: fc.Arbitrary<Plan> = fc.record({
  fates: fc.record({
    'do one': sure,
    'do two': sure,
    'do three': sure,
    'do four': unsure,
    'do five': unsure,
    'undo one': unsure,
    'undo two': unsure,
    'undo three': unsure,
  }),
  deaths: fc.array(
    fc.record({
      commits: fc.integer({ min: 1, max: 14 }),
      at: fc.constantFrom('before' as const, 'after' as const),
    }),
    { maxLength: 3 },
  ),
  seed: fc.nat(),
});

test('every saga ends all done or all undone in reverse, each effect once, whatever dies', async () => {
  await fc.assert(fc.asyncProperty(plan, travel), { numRuns: RUNS });
});

async function travel({ fates, deaths, seed }: Plan): Promise<void> {
  await simulate(async ({ host, start }) => {
    const left = new Map(Object.entries(fates).map(([what, list]) => [what, [...list]]));
    const pending = new Map<string, Fate>();
    const behave = {
      before(what: string) {
        const fate = left.get(what)?.shift() ?? 'ok';
        pending.set(what, fate);
        if (fate === 'refused') throw Refused();
        if (fate === 'lost request') throw new Error('Lost on its way there.');
      },
      after(what: string) {
        if (pending.get(what) === 'lost answer') throw new Error('Lost on its way back.');
      },
    };
    let node: Node | undefined;
    let began = false;
    for (const death of [...deaths, { commits: Number.POSITIVE_INFINITY, at: 'after' as const }]) {
      let commits = 0;
      const { wrap } = createMortalStores({
        dies(at, service) {
          if (at === 'before') commits++;
          return service !== '' && commits === death.commits && at === death.at;
        },
      });
      node = await start({ sagas: { journey }, behave, wrap });
      if (!began) {
        // Whoever starts it may die of that: then it was never started, or goes on elsewhere.
        void node.owner.begin({ id: 'a' }).catch(() => {});
        await host.advance(1_000);
        began = true;
      }
      await host.advance(13_000);
    }
    if (!node) throw new Error('No process was started.');
    await host.advance(3 * 60_000);
    const found = await node.saga('a').catch(() => undefined);
    assertWhole(found?.state, await node.effects(), await node.effects('owner'));
  }, seed);
}

function assertWhole(
  state: string | undefined,
  effects: readonly string[],
  own: readonly string[],
): void {
  const names = ['one', 'two', 'three'];
  if (state === undefined) {
    assert.deepEqual([...effects, ...own], [], 'what was never started has no effect');
    return;
  }
  if (state === 'done') {
    const all = [...names, 'four', 'five'].map((name) => `do ${name}`);
    assert.deepEqual(effects, all);
    assert.deepEqual(own, ['decided', 'arrived']);
    return;
  }
  assert.equal(state, 'undone');
  const done = effects.filter((what) => what.startsWith('do '));
  const begun = names.slice(0, done.length);
  assert.deepEqual(
    done,
    begun.map((name) => `do ${name}`),
  );
  const undone = effects.slice(done.length);
  assert.deepEqual(
    undone,
    begun.reverse().map((name) => `undo ${name}`),
  );
  assert.equal(own.at(-1), 'undone');
  assert.equal(new Set(own).size, own.length, 'each undo was noted once');
  assert.equal(own.includes('decided'), false);
}
