import { pbkdf2Sync } from 'node:crypto';
import { api, operation } from '@portico/contract';
import { type Service, service } from '@portico/service';
import { system } from '@portico/system';
import * as z from 'zod';
import shop from '../../systems/shop/system.ts';

/** How long whatever the cart does takes here: it waits and takes no processor, as for a slow partner. */
const CART_MS = 500;
/** Some milliseconds of a processor, the same on each call: a load generator beside it has time for ten times as many. */
const ROUNDS = 30_000;
const DIGEST_BYTES = 32;

const count = {
  exposure: 'public',
  access: 'anyone',
  effect: 'safe',
  input: z.object({}),
  output: z.object({ digest: z.string().max(64) }),
} as const;

/** Takes a processor, for callers of each criticality alike. */
const Till = api('till', {
  version: '1.0.0',
  summary: 'Takes some milliseconds of a processor.',
  operations: {
    pay: operation({
      ...{ ...count, summary: 'What must go on.', http: 'GET /pay', criticality: 'critical' },
    }),
    count: operation({ ...count, summary: 'What people ask for.', http: 'GET /count' }),
    look: operation({
      ...{ ...count, summary: 'What can be missed.', http: 'GET /look', criticality: 'sheddable' },
    }),
  },
});

const work = () => {
  const digest = pbkdf2Sync('shop', 'till', ROUNDS, DIGEST_BYTES, 'sha256').toString('hex');
  return { digest };
};

const till = service(Till)({
  operations: { pay: async () => work(), count: async () => work(), look: async () => work() },
});

interface Waiting {
  readonly signal: AbortSignal;
  readonly timers: { sleep(ms: number, signal?: AbortSignal): Promise<void> };
}
type Handler = (input: unknown, context: Waiting) => Promise<unknown>;

/** A service whose handlers wait before they begin. */
function slowed(slow: Service): Service {
  const operations = Object.entries(slow.spec.operations as Record<string, Handler>).map(
    ([name, handler]) => [
      name,
      async (input: unknown, context: Waiting) => {
        await context.timers.sleep(CART_MS, context.signal);
        return handler(input, context);
      },
    ],
  );
  // The types of its handlers are the spec's own secret; what is put around them has the same.
  const spec = { ...slow.spec, operations: Object.fromEntries(operations) };
  return { ...slow, spec: spec as unknown as Service['spec'] };
}

/** The shop with a cart that waits and a till that works: what can be loaded with few requests. */
export default system({
  ...shop,
  services: [...shop.services.map((one) => (one.name === 'cart' ? slowed(one) : one)), till],
});
