import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Driver } from './driver.ts';

/** One sentence about behaviour, and how it is shown through any driver. */
export interface Case {
  readonly name: string;
  run(driver: Driver): Promise<void>;
}

const everything = {
  text: 'Füße & <Schuhe> "für" 小さい 🥾',
  small: -2_147_483_648,
  large: 9_007_199_254_740_991,
  ratio: 0.1,
  yes: false,
  when: '2026-03-29T01:30:00.250Z',
  day: '2028-02-29',
  bytes: 'AAECAwT/',
  choice: 'dark blue',
  list: ['one', '', ' two '],
  matrix: [[1, 2], [], [3]],
  prices: {
    normal: { amount: 1_999, currency: 'EUR' },
    __proto__x: { amount: -5, currency: 'JPY' },
  },
  figure: { kind: 'circle', radius: 1.5 },
  tree: { label: 'root', children: [{ label: 'leaf', children: [] }] },
  anything: { deep: [1, 'x', null, { y: true }] },
  optional: 'here',
  nullable: null,
  both: 'value',
};

async function value(answer: Promise<Answer>): Promise<unknown> {
  const got = await answer;
  assert.equal(got.kind, 'value', JSON.stringify(got));
  return got.kind === 'value' ? got.value : undefined;
}

async function failure(answer: Promise<Answer>, code: string) {
  const got = await answer;
  assert.equal(got.kind, 'failure', JSON.stringify(got));
  if (got.kind !== 'failure') throw new Error('unreachable');
  assert.equal(got.code, code, got.raw);
  return got;
}

async function echoes(driver: Driver, changes: object): Promise<void> {
  const sent = { ...everything, ...changes };
  assert.deepEqual(await value(driver.call('echo', { value: sent })), { value: sent });
}

async function refuses(driver: Driver, changes: object, pointer: string): Promise<void> {
  const got = await failure(
    driver.call('echo', { value: { ...everything, ...changes } }),
    'invalid',
  );
  assert.ok(got.pointers?.includes(pointer), `${pointer} not in ${JSON.stringify(got.pointers)}`);
}

let keys = 0;
const newKey = () => `conformance-${process.pid}-${++keys}`;
const notes = async (driver: Driver, as: 'ada' | 'bob') =>
  (await value(driver.call('listNotes', { limit: 50 }, { as }))) as { items: { text: string }[] };

/** Polls until the service has seen a call of `wait` end, for at most two seconds. */
async function outcomeOf(driver: Driver, mark: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { outcome } = (await value(driver.call('seen', { mark }))) as { outcome: string };
    if (outcome === 'finished' || outcome === 'aborted') return outcome;
    await sleep(10);
  }
  return 'still running';
}

/** What an operation does, the same through every binding. */
export const cases: readonly Case[] = [
  {
    name: 'carries every kind of value there and back unchanged',
    run: (driver) => echoes(driver, {}),
  },
  {
    name: 'keeps empty lists, maps and texts apart from absent ones',
    run: (driver) => echoes(driver, { list: [], matrix: [], prices: {}, text: '' }),
  },
  {
    name: 'keeps null, absent and present apart',
    async run(driver) {
      await echoes(driver, { both: null });
      const { both: _both, optional: _optional, ...absent } = everything;
      assert.deepEqual(await value(driver.call('echo', { value: absent })), { value: absent });
      await echoes(driver, { nullable: 'not null' });
    },
  },
  {
    name: 'keeps white space and characters that markup uses',
    run: (driver) =>
      echoes(driver, { text: ' a\tb\nc  ]]> &amp; \'"<tag/> ', list: ['&#65;', '<', '>'] }),
  },
  {
    name: 'carries any JSON where the contract allows it',
    async run(driver) {
      for (const anything of [null, true, 0, '', 'text', [], {}, [[]], { a: { b: [1.5, null] } }]) {
        await echoes(driver, { anything });
      }
    },
  },
  {
    name: 'carries the other branch of a union',
    run: (driver) => echoes(driver, { figure: { kind: 'square', side: 3 } }),
  },
  {
    name: 'answers an operation without input and output',
    async run(driver) {
      assert.equal(await value(driver.call('ping', {})), undefined);
    },
  },
  {
    name: 'refuses an unknown field, and says where',
    run: (driver) => refuses(driver, { nonsense: 1 }, '/value/nonsense'),
  },
  {
    name: 'refuses a field that is missing, and says which',
    run: (driver) => refuses(driver, { text: undefined }, '/value/text'),
  },
  {
    name: 'refuses values outside of the contract, and says where',
    async run(driver) {
      await refuses(driver, { small: 2_147_483_648 }, '/value/small');
      await refuses(driver, { choice: 'blue' }, '/value/choice');
      await refuses(driver, { text: 'x'.repeat(101) }, '/value/text');
      await refuses(driver, { list: Array(11).fill('x') }, '/value/list');
      await refuses(driver, { day: '2027-02-29' }, '/value/day');
      await refuses(driver, { when: 'yesterday' }, '/value/when');
      await refuses(driver, { figure: { kind: 'circle', radius: -1 } }, '/value/figure/radius');
    },
  },
  {
    name: 'gives a declared error its name and its data',
    async run(driver) {
      const got = await failure(driver.call('fail', { how: 'conflict' }), 'Conflict');
      assert.deepEqual(got.data, { current: 3, prices: [{ amount: 5, currency: 'EUR' }] });
    },
  },
  {
    name: 'answers an unexpected exception without its inside',
    async run(driver) {
      const got = await failure(driver.call('fail', { how: 'bug' }), 'internal');
      assert.doesNotMatch(got.raw, /secret|TypeError|service\.ts/);
    },
  },
  {
    name: 'treats an error that the operation does not declare as a defect',
    run: async (driver) => {
      await failure(driver.call('fail', { how: 'undeclared' }), 'internal');
    },
  },
  {
    name: 'never lets an answer out that breaks the contract',
    async run(driver) {
      const got = await failure(driver.call('fail', { how: 'invalid-output' }), 'internal');
      assert.doesNotMatch(got.raw, /longer than/);
    },
  },
  {
    name: 'asks for credentials where a caller is needed',
    async run(driver) {
      await failure(driver.call('whoAmI', {}), 'unauthenticated');
      const got = (await value(driver.call('whoAmI', {}, { as: 'ada' }))) as { subject: string };
      assert.equal(got.subject, 'ada');
    },
  },
  {
    name: 'refuses a caller without the permission, before it looks at the input',
    async run(driver) {
      await failure(
        driver.call('addNote', { text: 'x' }, { as: 'reader', key: newKey() }),
        'forbidden',
      );
      await failure(
        driver.call('addNote', { nonsense: 1 }, { as: 'reader', key: newKey() }),
        'forbidden',
      );
      await failure(driver.call('addNote', { nonsense: 1 }, { key: newKey() }), 'unauthenticated');
    },
  },
  {
    name: 'does not know internal operations at the edge',
    run: async (driver) => {
      await failure(driver.call('hidden', {}, { as: 'ada' }), 'unknown-operation');
    },
  },
  {
    name: 'opens partner operations to consumers only',
    async run(driver) {
      const got = await driver.call('forPartners', {}, { as: 'ada' });
      assert.ok(
        got.kind === 'failure' && /^(forbidden|unauthenticated)$/.test(got.code),
        JSON.stringify(got),
      );
      assert.deepEqual(await value(driver.call('forPartners', {}, { as: 'app' })), { ok: true });
    },
  },
  {
    name: 'does a keyed operation once, and repeats its answer',
    async run(driver) {
      const key = newKey();
      const before = (await notes(driver, 'ada')).items.length;
      const first = await value(driver.call('addNote', { text: 'once' }, { as: 'ada', key }));
      const second = await value(driver.call('addNote', { text: 'once' }, { as: 'ada', key }));
      assert.deepEqual(second, first);
      assert.equal((await notes(driver, 'ada')).items.length, before + 1);
    },
  },
  {
    name: 'refuses a key that is reused for something else, and a call without one',
    async run(driver) {
      const key = newKey();
      await value(driver.call('addNote', { text: 'first' }, { as: 'ada', key }));
      await failure(driver.call('addNote', { text: 'second' }, { as: 'ada', key }), 'key-mismatch');
      await failure(driver.call('addNote', { text: 'third' }, { as: 'ada' }), 'key-missing');
    },
  },
  {
    name: 'keeps the keys of two callers apart',
    async run(driver) {
      const key = newKey();
      const ada = await value(driver.call('addNote', { text: 'shared key' }, { as: 'ada', key }));
      const bob = await value(driver.call('addNote', { text: 'shared key' }, { as: 'bob', key }));
      assert.notDeepEqual(ada, bob);
    },
  },
  {
    name: 'does a keyed operation once under twenty simultaneous attempts',
    async run(driver) {
      const key = newKey();
      const call = () => driver.call('addNote', { text: key }, { as: 'bob', key });
      const answers = await Promise.all(Array.from({ length: 20 }, call));
      const texts = (await notes(driver, 'bob')).items.filter((note) => note.text === key);
      assert.equal(texts.length, 1);
      for (const answer of answers) {
        if (answer.kind === 'failure') assert.equal(answer.code, 'key-in-flight');
      }
      assert.ok(answers.some((answer) => answer.kind === 'value'));
    },
  },
  {
    name: 'undoes the effect of a declared error, and repeats the error',
    async run(driver) {
      const key = newKey();
      const input = { text: 'doomed', fail: true };
      const first = await failure(driver.call('addNote', input, { as: 'ada', key }), 'Conflict');
      const second = await failure(driver.call('addNote', input, { as: 'ada', key }), 'Conflict');
      assert.deepEqual(second.data, first.data);
      assert.ok(!(await notes(driver, 'ada')).items.some((note) => note.text === 'doomed'));
    },
  },
  {
    name: "does not know somebody else's things",
    async run(driver) {
      const made = await value(
        driver.call('addNote', { text: 'private' }, { as: 'ada', key: newKey() }),
      );
      const { noteId } = made as { noteId: string };
      await value(driver.call('getNote', { noteId }, { as: 'ada' }));
      await failure(driver.call('getNote', { noteId }, { as: 'bob' }), 'not-found');
    },
  },
  {
    name: 'gives a list page by page, and refuses a cursor that is none',
    async run(driver) {
      for (let index = 0; index < 5; index++) {
        await value(
          driver.call('addNote', { text: `page ${index}` }, { as: 'bob', key: newKey() }),
        );
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const input = cursor === undefined ? { limit: 2 } : { limit: 2, cursor };
        const page = (await value(driver.call('listNotes', input, { as: 'bob' }))) as {
          items: { noteId: string }[];
          next?: string;
        };
        assert.ok(page.items.length <= 2);
        seen.push(...page.items.map((note) => note.noteId));
        cursor = page.next;
      } while (cursor !== undefined);
      assert.equal(new Set(seen).size, seen.length);
      assert.ok(seen.length >= 5);
      await failure(driver.call('listNotes', { cursor: 'made up' }, { as: 'bob' }), 'invalid');
      await failure(driver.call('listNotes', { limit: 51 }, { as: 'bob' }), 'invalid');
    },
  },
  {
    name: 'changes only what has not changed since it was read',
    async run(driver) {
      const made = await value(
        driver.call('addNote', { text: 'v1' }, { as: 'ada', key: newKey() }),
      );
      const { noteId } = made as { noteId: string };
      const update = (version: number, text: string) =>
        driver.call('updateNote', { noteId, version, text }, { as: 'ada' });
      assert.deepEqual(await value(update(1, 'v2')), { noteId, text: 'v2', version: 2 });
      await failure(update(1, 'v3'), 'precondition-failed');
    },
  },
  {
    name: 'ends a call at its deadline, and tells the handler',
    async run(driver) {
      const mark = newKey();
      await failure(driver.call('wait', { ms: 10_000, mark }), 'deadline');
      assert.equal(await outcomeOf(driver, mark), 'aborted');
    },
  },
  {
    name: 'tells the handler when the caller has gone',
    async run(driver) {
      const mark = newKey();
      const controller = new AbortController();
      const call = driver.call('wait', { ms: 250, mark }, { signal: controller.signal });
      for (let attempt = 0; attempt < 100; attempt++) {
        const { outcome } = (await value(driver.call('seen', { mark }))) as { outcome: string };
        if (outcome === 'running') break;
        await sleep(2);
      }
      controller.abort();
      await call.catch(() => undefined);
      assert.equal(await outcomeOf(driver, mark), 'aborted');
    },
  },
  {
    name: 'still answers a deprecated operation',
    run: async (driver) => {
      assert.deepEqual(await value(driver.call('old', {})), { ok: true });
    },
  },
];
