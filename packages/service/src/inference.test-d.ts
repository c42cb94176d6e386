import { api, error, event, operation } from '@portico/contract';
import * as z from 'zod';
import { service } from './service.ts';
import type { StoreDefinition } from './store-definition.ts';

const Missing = error({
  status: 404,
  summary: 'No such thing.',
  data: z.object({ sku: z.string() }),
});
const A = api('alpha', {
  version: '1.0.0',
  summary: 'a',
  operations: {
    read: operation({
      summary: 'r',
      effect: 'safe',
      input: z.object({ sku: z.string() }),
      output: z.object({ n: z.int() }),
      errors: { Missing },
    }),
    hold: operation({
      summary: 'h',
      effect: 'keyed',
      input: z.object({ sku: z.string(), n: z.int().optional() }),
    }),
  },
  events: { Gone: event({ summary: 'g', key: 'sku', payload: z.object({ sku: z.string() }) }) },
});
const B = api('beta', {
  version: '1.0.0',
  summary: 'b',
  operations: {
    go: operation({ summary: 'x', effect: 'keyed', output: z.object({ ok: z.boolean() }) }),
    look: operation({ summary: 'y', effect: 'safe' }),
  },
});

service(B)({
  uses: { alpha: A },
  hears: { alpha: A },
  store: {} as StoreDefinition<{ select(): number }>,
  config: z.object({ url: z.string() }),
  operations: {
    async go(_input, { uses, transaction, config, store }) {
      const got = await uses.alpha.read({ sku: config.url });
      await uses.alpha.hold({ sku: 'x' });
      await uses.alpha.hold({ sku: 'x' }, { undoes: 'the key of the call that it undoes' });
      // @ts-expect-error: what an undo undoes is for keyed operations alone
      await uses.alpha.read({ sku: 'x' }, { undoes: 'k' });
      // @ts-expect-error: the store reads; only a transaction publishes
      store.publish;
      const n: number = got.n + store.select();
      // @ts-expect-error: only declared APIs
      uses.beta;
      return await transaction(async ({ db, publish }) => {
        // @ts-expect-error: only events of its own contract
        await publish('Gone', { sku: 'x' });
        return { ok: db.select() === n };
      });
    },
    async look(_input, { uses }) {
      // @ts-expect-error: no parent key here, so it must pass its own
      await uses.alpha.hold({ sku: 'x' });
      await uses.alpha.hold({ sku: 'x' }, { key: 'k' });
      try {
        await uses.alpha.read({ sku: 'y' });
      } catch (problem) {
        if (Missing.is(problem)) {
          const s: string = problem.details.data.sku;
          void s;
        }
      }
      throw Missing({ sku: 'q' });
    },
  },
  on: {
    alpha: {
      async Gone(happened, ctx) {
        const s: string = happened.payload.sku;
        await ctx.uses.alpha.hold({ sku: s });
      },
    },
  },
  every: { '30s': async ({ log }) => log.info({}, 'tick') },
});
service(B)({
  hears: { alpha: A },
  store: {} as StoreDefinition<{ select(): number }>,
  operations: { go: () => ({ ok: true }), look: () => undefined },
  on: {
    alpha: {
      Gone: {
        replayable: true,
        onPoison: 'skip',
        async handle({ payload, key, at }, { store, transaction }) {
          const texts: string[] = [payload.sku, key];
          const numbers: number[] = [at, store.select()];
          await transaction(async ({ db }) => [texts, numbers, db.select()]);
        },
      },
      // @ts-expect-error: the contract has no such event
      Went: async () => {},
    },
  },
});
service(B)({
  hears: { alpha: A },
  store: {} as StoreDefinition<{ select(): number }>,
  operations: { go: () => ({ ok: true }), look: () => undefined },
  on: {
    alpha: {
      Gone: {
        replayable: true,
        async batch(events, { store, transaction }) {
          const texts: string[] = events.map(({ payload, id }) => payload.sku + id);
          const numbers: number[] = [store.select()];
          await transaction(async ({ db }) => [texts, numbers, db.select()]);
        },
      },
    },
  },
});
service(A)({
  operations: {
    async read({ sku }) {
      return { n: sku.length };
    },
    // @ts-expect-error: wrong input type
    async hold({ q }) {
      void q;
    },
  },
});

// Literal types survive in answers, without `as const`.
const Phase = api('phase', {
  version: '1.0.0',
  summary: 'p',
  operations: {
    get: operation({
      summary: 'g',
      effect: 'safe',
      input: z.object({ name: z.string() }),
      output: z.object({ phase: z.enum(['open', 'closed']) }),
    }),
  },
});
service(Phase)({
  operations: {
    async get({ name }) {
      return { phase: name === '' ? 'closed' : 'open' };
    },
  },
});
service(Phase)({
  operations: {
    // @ts-expect-error: not one of the values
    async get({ name }) {
      return { phase: name === '' ? 'ajar' : 'open' };
    },
  },
});
