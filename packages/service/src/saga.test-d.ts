import { api, error, event, operation } from '@portico/contract';
import * as z from 'zod';
import { saga } from './saga.ts';
import { pivot, type SagaStep, step } from './saga-step.ts';
import { wait } from './saga-wait.ts';
import { service } from './service.ts';
import type { StoreDefinition } from './store-definition.ts';

const OutOfStock = error({ status: 409, summary: 'Out of stock.' });
const Inventory = api('inventory', {
  version: '1.0.0',
  summary: 'i',
  operations: {
    reserve: operation({
      summary: 'r',
      effect: 'keyed',
      input: z.object({ sku: z.string() }),
      output: z.object({ reservation: z.string() }),
      errors: { OutOfStock },
    }),
    release: operation({
      summary: 'r',
      effect: 'keyed',
      undoes: 'reserve',
      input: z.object({ reservation: z.string() }),
    }),
  },
});
const Orders = api('orders', {
  version: '1.0.0',
  summary: 'o',
  operations: {
    place: operation({
      summary: 'p',
      effect: 'keyed',
      output: z.object({ began: z.boolean() }),
    }),
  },
  events: {
    Confirmed: event({ summary: 'c', key: 'id', payload: z.object({ id: z.string() }) }),
  },
});
const store = {} as StoreDefinition<{ select(): number }>;
const Data = z.object({ sku: z.string(), reservation: z.string().optional() });

export const checkout = saga(
  'checkout',
  {
    api: Orders,
    uses: { inventory: Inventory },
    data: Data,
    store,
    undone: async (data, { publish }, { reason }) => {
      const sku: string = data.sku;
      const name: string = reason.name;
      await publish('Confirmed', { id: sku + name });
    },
  },
  [
    step('reserve', {
      do: async (data, { uses, store: own, transaction, key }) => {
        const { reservation } = await uses.inventory.reserve({ sku: data.sku });
        // @ts-expect-error: not a field of what the operation takes
        await uses.inventory.reserve({ kus: data.sku }, { key: key('second') });
        // @ts-expect-error: only declared APIs
        uses.payments;
        // @ts-expect-error: not a field of the data
        data.nothing;
        return await transaction(async ({ db, publish }) => {
          const n: number = db.select() + own.select();
          // @ts-expect-error: not an event of the contract
          await publish('Nothing', { id: String(n) });
          return { reservation };
        });
      },
      undo: async ({ reservation }, { uses, reason }) => {
        const name: string = reason.name;
        await uses.inventory.release({ reservation: reservation ?? name });
      },
    }),
    step('look', {
      do: async (data) => (data.reservation ? { sku: 'b' } : wait(1_000, { sku: 'a' })),
      undo: 'nothing',
    }),
    pivot('confirm', async (data, { publish }) => {
      await publish('Confirmed', { id: data.sku });
      return { reservation: 'r' };
    }),
    step('close', { do: () => undefined }),
  ],
);

saga('wrong', { data: Data, store, uses: { inventory: Inventory } }, [
  step('reserve', {
    do: async (data, { uses }) =>
      // @ts-expect-error: not fields of the data
      uses.inventory.reserve({ sku: data.sku }).then(() => ({ foo: 1 })),
    undo: 'nothing',
  }),
  // @ts-expect-error: another type than the field's
  step('other', { do: async () => ({ sku: 7 }), undo: 'nothing' }),
  pivot('p', async (_data, { publish }) => {
    // @ts-expect-error: without `api` there is nothing to publish
    await publish('Confirmed', { id: 'x' });
  }),
]);

// A step may stand on its own, with its types named.
const own: SagaStep<{ n: number }, { inventory: typeof Inventory }, typeof store, typeof Orders> =
  step('own', { do: ({ n }) => ({ n: n + 1 }), undo: 'nothing' });
saga(
  'with-own',
  { api: Orders, uses: { inventory: Inventory }, data: z.object({ n: z.number() }), store },
  [own],
);

service(Orders)({
  uses: { inventory: Inventory },
  store,
  sagas: { checkout },
  operations: {
    place: async (_input, { transaction, ids }) =>
      await transaction(async ({ start, wake, abort }) => {
        // @ts-expect-error: the data lacks a field
        await start(checkout, { id: ids.uuid(), data: {} });
        await wake('id');
        await abort('id', 'NotWanted');
        return { began: await start(checkout, { id: ids.uuid(), data: { sku: 'x' } }) };
      }),
  },
});
