import { api, decimal, error, operation } from '@portico/contract';
import * as z from 'zod';

const Address = z
  .object({ street: z.string(), city: z.string().optional() })
  .meta({ id: 'Address' });

const Node = z
  .object({
    label: z.string(),
    get children() {
      return z.array(Node).optional();
    },
  })
  .meta({ id: 'Node' });

const Method = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('card'), number: z.string(), cents: z.int32() }),
    z.object({ kind: z.literal('transfer'), iban: z.string().optional() }),
  ])
  .meta({ id: 'Method' });

const everything = {
  text: z.string(),
  flag: z.boolean(),
  small: z.int32(),
  large: z.int(),
  ratio: z.number(),
  price: z.string().meta(decimal()),
  instant: z.iso.datetime({ offset: true }),
  day: z.iso.date(),
  bytes: z.base64(),
  color: z.enum(['red', 'dark green']),
  code: z.string().regex(/^[A-Z]{2}-\d+$/),
  anything: z.unknown(),
  words: z.array(z.string()),
  addresses: z.array(Address),
  counts: z.record(z.string(), z.int32()),
  method: Method,
  tree: Node,
  nested: z.object({ on: z.boolean(), list: z.array(z.int32()) }),
  // Three states kept apart: absent, null, a value.
  maybe: z.string().optional(),
  nothing: z.string().nullable(),
  either: z.int32().nullable().optional(),
  holes: z.array(z.string().nullable()).optional(),
};

const OutOfStock = error({
  status: 409,
  summary: 'Not enough stock.',
  data: z.object({ sku: z.string(), missing: z.int32() }),
});
const Gone = error({ status: 404, summary: 'It is gone.' });

/** One API that uses every type and every kind of answer; foreign clients know only its WSDL. */
export const Interop = api('interop', {
  version: '1.0.0',
  summary: 'Every type and every kind of answer, for clients of others.',
  operations: {
    echo: operation({
      summary: 'Gives back what it gets.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'POST /echo',
      input: z.object(everything),
      output: z.object(everything),
    }),
    fail: operation({
      summary: 'Ends as asked.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      input: z.object({ how: z.enum(['OutOfStock', 'Gone', 'invalid', 'bug']) }),
      output: z.object({ never: z.string() }),
      errors: { OutOfStock, Gone },
    }),
    submit: operation({
      summary: 'Answers with its idempotency key.',
      exposure: 'public',
      access: 'anyone',
      effect: 'keyed',
      input: z.object({ note: z.string() }),
      output: z.object({ key: z.string() }),
    }),
    touch: operation({
      summary: 'Takes nothing and answers nothing.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
    }),
  },
});
