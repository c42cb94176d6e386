// A process of its own for tests: starts sagas, tells of every commit of theirs, ends when all have ended.
import { writeSync } from 'node:fs';
import { createHost } from '@portico/host';
import { createRuntime } from '@portico/runtime';
import { type Logger, pivot, saga, service, step } from '@portico/service';
import { sqliteDriver } from '@portico/store-sqlite';
import { AT_EASE } from '@portico/testing';
import { common, type Db, note, Owner, Part, Refused, store } from './fixture.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const SAGAS = 30;
const REFUSED_EVERY = 3;

const host = createHost();
const quiet = () => {};
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const tell = (what: string) => writeSync(1, `${what}\n`);

const part = service(Part)({
  store,
  operations: {
    async act({ name }, { transaction }) {
      // Refused after some of its saga was done.
      const number = Number(name.split('/')[0]);
      if (name.endsWith('/two') && number % REFUSED_EVERY === 0) throw Refused();
      const answer = await transaction(async ({ db }) => {
        await note(db, `do ${name}`);
        return { receipt: name };
      });
      tell(name);
      return answer;
    },
    async unact({ name }, { transaction }) {
      await transaction(async ({ db }) => void (await note(db, `undo ${name}`)));
      tell(name);
    },
  },
});
const trip = saga(
  'trip',
  { ...common, undone: async ({ id }, { db }) => void (await note(db, `${id} undone`)) },
  [
    step('one', {
      do: async ({ id }, { uses }) => void (await uses.part.act({ name: `${id}/one` })),
      undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: `${id}/one` })),
    }),
    step('two', {
      do: async ({ id }, { uses }) => void (await uses.part.act({ name: `${id}/two` })),
      undo: async ({ id }, { uses }) => void (await uses.part.unact({ name: `${id}/two` })),
    }),
    pivot('decide', async ({ id }, { db }) => void (await note(db, `${id} decided`))),
    step('three', {
      do: async ({ id }, { uses }) => void (await uses.part.act({ name: `${id}/three` })),
    }),
  ],
);
const owner = service(Owner)({
  uses: { part: Part },
  store,
  sagas: { trip },
  operations: {
    begin: ({ id }, { transaction }) =>
      transaction(async ({ start }) => ({
        began: await start(trip, { id, data: { id, receipts: [] } }),
      })),
    look: () => ({ sagas: [] }),
    await: () => ({ looks: 0 }),
    wake: () => ({ found: false }),
    abort: () => ({ found: false }),
  },
});

const open = (name: string) =>
  sqliteDriver.open(store as never, { service: name, dataDirectory, host, log });
const stores = { owner: await open('owner'), part: await open('part') };
const runtime = createRuntime({
  system: 'test',
  host,
  log,
  policies: AT_EASE,
  services: [
    { service: part, store: stores.part, config: undefined },
    { service: owner, store: stores.owner, config: undefined },
  ],
});
await runtime.start();
const client = runtime.client(Owner, 'test');
const ids = Array.from({ length: SAGAS }, (_, n) => String(n));
await Promise.all(ids.map((id) => client.begin({ id })));
while ((await runtime.sagas.list({ service: 'owner', live: true })).length > 0) {
  await host.timers.sleep(50);
}

const read = async (of: 'part' | 'owner') => {
  const rows = await (stores[of].read as Db)
    .selectFrom('effect')
    .select('what')
    .orderBy('seq')
    .execute();
  return rows.map(({ what }) => what);
};
const effects = [...(await read('part')), ...(await read('owner'))];
const ended = await runtime.sagas.list({ service: 'owner' });
const problems: string[] = [];
const states: Record<string, number> = {};
for (const { id, state } of ended) {
  states[state] = (states[state] ?? 0) + 1;
  const own = effects.filter((what) => what.match(/(\d+)/)?.[1] === id);
  const expected =
    state === 'done'
      ? [`do ${id}/one`, `do ${id}/two`, `do ${id}/three`, `${id} decided`]
      : [`do ${id}/one`, `undo ${id}/one`, `${id} undone`];
  const isRight = JSON.stringify(own) === JSON.stringify(expected);
  const isRefused = Number(id) % REFUSED_EVERY === 0;
  if (!isRight || (state === 'undone') !== isRefused) problems.push(`${id} ${state}: ${own}`);
}
if (ended.length !== SAGAS) problems.push(`${ended.length} sagas of ${SAGAS}`);
await runtime.drain();
tell(JSON.stringify({ problems, states }));
