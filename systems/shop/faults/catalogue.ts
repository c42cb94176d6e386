import * as z from 'zod';

/** No fault lasts longer, whoever forgets it. */
export const FAULT_FOR_MAX_MS = 600_000;
/** A handler may take 30 s with an event; what waits longer is not slow but dead. */
const PAUSE_MAX_MS = 25_000;
/** A day: beyond, every token and every TTL has ended, and nothing new is learnt. */
const SKEW_MAX_MS = 86_400_000;
/** What a leak takes a second; {@link LEAK_MAX_MB} is where it ends. */
const LEAK_RATE_MAX_MB = 64;
/** A leak is to be seen, not to take the machine down. */
export const LEAK_MAX_MB = 512;

/** The steps of the orders' sagas that call somebody, and what they call. */
export const STEP_CALLS = {
  place: 'orders.placeOrder',
  reserve: 'inventory.reserve',
  authorize: 'payments.authorize',
  pin: 'inventory.pin',
  capture: 'payments.capture',
  commit: 'inventory.commit',
  close: 'cart.closeCart',
  release: 'inventory.release',
  void: 'payments.void',
  refund: 'payments.refund',
  restock: 'inventory.restock',
} as const;

const Rate = z.number().gt(0).max(1).meta({ description: 'How many of those it could hit.' });
const Count = z.int().min(1).max(1_000_000).meta({ description: 'Hits so often, then no more.' });
const Pause = z.int().min(1).max(PAUSE_MAX_MS);
const Service = z.string().regex(/^[a-z][a-z-]{0,40}$/);
const Operation = z.string().regex(/^[a-z][A-Za-z]{0,40}$/);
const chance = { rate: Rate.optional(), count: Count.optional() };

/** What each fault can be told, by name. */
export const FAULTS = {
  'catalog.product-fails': z.strictObject({ product: z.string().max(100).optional(), ...chance }),
  'cart.errors': z.strictObject(chance),
  'inventory.slow': z.strictObject({ ms: Pause, operation: Operation.optional(), ...chance }),
  'orders.crash-at': z.strictObject({
    step: z.literal(Object.keys(STEP_CALLS) as (keyof typeof STEP_CALLS)[]),
    when: z.literal(['before', 'after']).default('after'),
  }),
  'events.lag': z.strictObject({ ms: Pause, service: Service.optional() }),
  'events.redeliver': z.strictObject({ service: Service.optional(), ...chance }),
  'events.poison': z.strictObject({
    service: Service.optional(),
    key: z.string().max(100).optional(),
    as: z
      .enum(['failed', 'rejected'])
      .meta({ description: 'Tried again for 12 minutes, or a dead letter at once.' })
      .optional(),
  }),
  'clock.skew': z.strictObject({ ms: z.int().min(-SKEW_MAX_MS).max(SKEW_MAX_MS) }),
  'process.block': z.strictObject({ ms: Pause }),
  'process.cpu': z.strictObject({ share: z.number().gt(0).max(0.9) }),
  'process.leak': z.strictObject({ mb: z.int().min(1).max(LEAK_RATE_MAX_MB) }),
} as const;

/** A fault inside the shop's own process. */
export type FaultName = keyof typeof FAULTS;
/** What a fault was told. */
export type FaultSettings<Name extends FaultName> = z.infer<(typeof FAULTS)[Name]>;

/** What happens, in a line for people. */
export const FAULT_SUMMARIES: Readonly<Record<FaultName, string>> = {
  'catalog.product-fails': 'reading a product fails (product=, rate=, count=)',
  'cart.errors': 'operations of the cart fail (rate=, count=)',
  'inventory.slow': 'operations of inventory take so long (ms=, operation=, rate=, count=)',
  'orders.crash-at': 'the process dies as if killed (step=, when=before|after)',
  'events.lag': 'events are handled so late (ms=, service=)',
  'events.redeliver': 'an event handled is rolled back and comes again (service=, rate=, count=)',
  'events.poison': 'one event always fails: that of key=, else the first (service=, as=rejected)',
  'clock.skew': "the shop's wall clock is so far ahead, or behind (ms=)",
  'process.block': 'the event loop does not turn for so long, once (ms=)',
  'process.cpu': 'the event loop is blocked for this share of the time (share=)',
  'process.leak': `memory is lost each second (mb=), ${LEAK_MAX_MB} MB in all`,
};

/** Whether there is a fault of that name. */
export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

/** Reads what a fault is told. @throws {Error} naming every setting that is none. */
export function parseFaultSettings<Name extends FaultName>(
  name: Name,
  given: unknown,
): FaultSettings<Name> {
  const result = FAULTS[name].safeParse(given);
  if (result.success) return result.data as FaultSettings<Name>;
  const mistakes = result.error.issues.map(({ path, message }) => {
    return path.length > 0 ? `${path.join('.')}: ${message}` : message;
  });
  throw new Error(`${name}: ${mistakes.join('; ')}. It means: ${FAULT_SUMMARIES[name]}.`);
}
