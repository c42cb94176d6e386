import { api, event, operation } from '@portico/contract';
import { pivot, saga, service, step } from '@portico/service';
import { sqlStore } from '@portico/store';
import { system } from '@portico/system';
import * as z from 'zod';

const Parcel = z.object({ text: z.string().max(100) });
const Accepted = Parcel.extend({ number: z.int32(), owner: z.string().max(200) });

/** Numbers for parcels, on the machine with the desk. */
const Ledger = api('ledger', {
  version: '1.0.0',
  summary: 'Numbers for parcels.',
  operations: {
    next: operation({
      summary: 'One more.',
      effect: 'keyed',
      input: Parcel,
      output: z.object({ number: z.int32() }),
    }),
  },
});

/** Keeps parcels, on the other machine; asks the ledger for numbers. */
const Depot = api('depot', {
  version: '1.0.0',
  summary: 'Keeps parcels.',
  operations: {
    accept: operation({ summary: 'Keeps one.', effect: 'keyed', input: Parcel, output: Accepted }),
  },
  events: { Kept: event({ summary: 'It is kept.', key: 'text', payload: Accepted }) },
});

/** Takes parcels in, and hears what became of them. */
const Desk = api('desk', {
  version: '1.0.0',
  summary: 'Takes parcels in.',
  operations: {
    send: operation({
      ...{ summary: 'Sends one.', exposure: 'public', access: 'parcels:send', effect: 'keyed' },
      ...{ http: 'POST /parcels', input: Parcel, output: Accepted },
    }),
    sendLater: operation({
      ...{ summary: 'A saga does.', exposure: 'public', access: 'parcels:send', effect: 'keyed' },
      ...{ http: 'POST /later', input: Parcel },
    }),
    listKept: operation({
      ...{ summary: 'What was heard.', exposure: 'public', access: 'anyone', effect: 'safe' },
      ...{ http: 'GET /kept', output: z.object({ items: z.array(Accepted) }) },
    }),
  },
});

interface Tables {
  parcel: { text: string; number: number; owner: string };
}

const store = sqlStore<Tables>({
  migrations: [
    {
      ...{ version: 1, name: 'parcels', kind: 'expand' },
      up: {
        sqlite:
          'CREATE TABLE parcel (text TEXT NOT NULL, number INTEGER NOT NULL, owner TEXT NOT NULL) STRICT',
      },
    },
  ],
});

const ledger = service(Ledger)({
  store,
  operations: {
    next: (_input, { transaction }) =>
      transaction(async ({ db }) => {
        const known = await db.selectFrom('parcel').selectAll().execute();
        const number = known.length + 1;
        await db.insertInto('parcel').values({ text: '', number, owner: '' }).execute();
        return { number };
      }),
  },
});

const depot = service(Depot)({
  uses: { ledger: Ledger },
  store,
  operations: {
    async accept({ text }, { uses, transaction, subject }) {
      const { number } = await uses.ledger.next({ text });
      const parcel = { text, number, owner: subject() };
      return transaction(async ({ db, publish }) => {
        await db.insertInto('parcel').values(parcel).execute();
        await publish('Kept', parcel);
        return parcel;
      });
    },
  },
});

const later = saga('later', { uses: { depot: Depot }, store, data: Parcel }, [
  pivot('decided'),
  step('accept', {
    async do({ text }, { uses }) {
      await uses.depot.accept({ text });
    },
  }),
]);

const desk = service(Desk)({
  uses: { depot: Depot },
  hears: { depot: Depot },
  store,
  sagas: { later },
  operations: {
    send: (input, { uses }) => uses.depot.accept(input),
    sendLater: ({ text }, { transaction }) =>
      transaction(async ({ start }) => {
        await start(later, { id: text, data: { text } });
      }),
    async listKept(_input, { store: db }) {
      return { items: await db.selectFrom('parcel').selectAll().execute() };
    },
  },
  on: {
    depot: {
      async Kept({ payload }, { transaction }) {
        await transaction(({ db }) => db.insertInto('parcel').values(payload).execute());
      },
    },
  },
});

/** Whose calls and events go from the desk over the depot to the ledger and back. */
export default system({
  name: 'relay',
  services: [desk, depot, ledger],
  gateway: { issuers: [], roles: {} },
});
