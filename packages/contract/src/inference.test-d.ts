import * as z from 'zod';
import { api } from './define.ts';
import { error } from './error.ts';
import { event, type PayloadOf } from './event.ts';
import {
  type EffectOf,
  type ErrorsOf,
  type InputOf,
  type OutputOf,
  operation,
} from './operation.ts';

/** Compiles only where both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_isSame: Same<A, B>): void => {};

const Missing = error({ status: 404, summary: 'x', data: z.object({ sku: z.string() }) });
const Busy = error({ status: 503, summary: 'x' });
const Sku = z.string().brand('Sku');

const Stock = api('stock', {
  version: '1.0.0',
  summary: 'x',
  operations: {
    read: operation({
      summary: 'x',
      effect: 'safe',
      input: z.object({ sku: Sku, at: z.iso.date().optional(), note: z.string().nullable() }),
      output: z.object({ levels: z.array(z.object({ onHand: z.int() })) }),
      errors: { Missing, Busy },
    }),
    hold: operation({ summary: 'x', effect: 'keyed' }),
  },
  events: {
    SoldOut: event({ summary: 'x', key: 'sku', payload: z.object({ sku: z.string() }) }),
  },
});

type Read = (typeof Stock.operations)['read'];
type Hold = (typeof Stock.operations)['hold'];

// Inputs and outputs are those of the schema, with "absent" and "null" apart, and brands kept.
same<InputOf<Read>['sku'], z.infer<typeof Sku>>(true);
same<InputOf<Read>['note'], string | null>(true);
same<Pick<InputOf<Read>, 'at'>, { at?: string | undefined }>(true);
same<OutputOf<Read>, { levels: { onHand: number }[] }>(true);
// @ts-expect-error: a field that is not there
export type NoSuchField = InputOf<Read>['nothing'];

// No input is an object without fields, no output is nothing.
same<InputOf<Hold>, Record<never, never>>(true);
same<OutputOf<Hold>, void>(true);

// The effect is known to clients: a keyed operation asks for its key.
same<EffectOf<Read>, 'safe'>(true);
same<EffectOf<Hold>, 'keyed'>(true);

// Errors are known by name, with their data.
same<keyof ErrorsOf<Read>, 'Missing' | 'Busy'>(true);
same<ErrorsOf<Read>['Missing'], typeof Missing>(true);
same<keyof ErrorsOf<Hold>, never>(true);
Missing({ sku: 'A' });
Missing({ sku: 'A' }, 'Said otherwise.');
Busy();
Busy(undefined, 'Said otherwise.');
// @ts-expect-error: data is missing
Missing();
// @ts-expect-error: data of another type
Missing({ sku: 3 });
// @ts-expect-error: data where there is none
Busy({ sku: 'A' });

const caught: unknown = Missing({ sku: 'A' });
if (Missing.is(caught)) same<typeof caught.details.data, { sku: string }>(true);

// Events have their payload.
same<PayloadOf<(typeof Stock.events)['SoldOut']>, { sku: string }>(true);
// @ts-expect-error: an event that is not there
Stock.events.Nothing;
// @ts-expect-error: an operation that is not there
Stock.operations.nothing;

operation({
  summary: 'x',
  // @ts-expect-error: an effect that is none
  effect: 'magic',
});
operation({
  summary: 'x',
  effect: 'safe',
  // @ts-expect-error: an exposure that is none
  exposure: 'everyone',
});
