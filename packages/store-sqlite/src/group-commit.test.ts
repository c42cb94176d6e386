import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNTS, accounts, reading, soon } from '@portico/store/spi';
import fc from 'fast-check';
import { inPlace, type Place } from './fixture.ts';

/** What a transaction does, step by step. */
type Step = 'insert' | 'settle' | 'turn' | 'undone' | 'kept' | 'duplicate' | 'fail';

const step = fc.constantFrom<Step>('insert', 'settle', 'turn', 'undone', 'kept', 'duplicate');
const member = fc.record({
  /** Turns of the event loop before it asks for its transaction. */
  delay: fc.nat({ max: 3 }),
  steps: fc.array(step, { maxLength: 6 }),
  fails: fc.boolean(),
});

type Member = typeof member extends fc.Arbitrary<infer T> ? T : never;

test('has exactly the effects of the transactions that succeeded, in any interleaving', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    let round = 0;
    const holds = async (members: readonly Member[]) => {
      const prefix = `r${round++}`;
      const running = members.map((each, index) =>
        runMember(place, store, each, `${prefix}/${index}`),
      );
      const expected = await Promise.all(running);
      const rows = await reading(store)
        .selectFrom('account')
        .select('id')
        .where('id', 'like', `${prefix}/%`)
        .execute();
      assert.deepEqual(rows.map((row) => row.id).sort(), expected.flat().sort());
    };
    await fc.assert(fc.asyncProperty(fc.array(member, { maxLength: 12 }), holds), { numRuns: 150 });
  });
});

/** Runs one transaction; answers with the rows that have to be there afterwards. */
async function runMember(
  place: Place,
  store: Awaited<ReturnType<Place['open']>>,
  { delay, steps, fails }: Member,
  name: string,
): Promise<string[]> {
  for (let turn = 0; turn < delay; turn++) await place.host.timers.sleep(0);
  const expected: string[] = [];
  const work = store.transaction(async (transaction) => {
    const insert = async (id: string) => {
      const row = { id: `${name}/${id}`, owner: `${name}/${id}`, balance: 0 };
      await accounts(transaction).insertInto('account').values(row).execute();
      return row.id;
    };
    for (const [index, each] of [...steps, ...(fails ? (['fail'] as const) : [])].entries()) {
      await takeStep(each, { index, insert, expected, place, savepoint: transaction.savepoint });
    }
  }, soon(place));
  if (!fails) {
    await work;
    return expected;
  }
  await assert.rejects(work, /planned/);
  return [];
}

interface StepTools {
  readonly index: number;
  readonly place: Place;
  /** Gets the rows that stay if the transaction does. */
  readonly expected: string[];
  insert(id: string): Promise<string>;
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

async function takeStep(each: Step, tools: StepTools): Promise<void> {
  const { index, insert, expected, place, savepoint } = tools;
  switch (each) {
    case 'insert':
      expected.push(await insert(`${index}`));
      return;
    case 'kept':
      expected.push(await savepoint(() => insert(`${index} kept`)));
      return;
    case 'undone': {
      const undone = savepoint(async () => {
        await insert(`${index} undone`);
        throw new Error('planned');
      });
      await assert.rejects(undone, /planned/);
      return;
    }
    case 'duplicate': {
      expected.push(await insert(`${index}`));
      await assert.rejects(insert(`${index}`), { code: 'unique' });
      return;
    }
    case 'settle':
      return await Promise.resolve();
    case 'turn':
      return await place.host.timers.sleep(0);
    case 'fail':
      throw new Error('planned');
  }
}
