import { id, operation, sensitive } from '@portico/contract';
import * as z from 'zod';

/** Amounts lie within ±10¹²: exact in a double and in `xsd:long`, and far above any order. */
const AMOUNT_MAX = 1_000_000_000_000;
/** One page of people's lists. */
const PAGE_MAX = 100;
/** One page of facts: larger, because programs read all of them. */
const FACTS_MAX = 500;
/** Cursors hold a position and a hash; anything longer did not come from us. */
const CURSOR_LENGTH_MAX = 1_000;
/** The most pieces of one SKU in one line. */
export const QUANTITY_MAX = 99;
/** The most lines in a cart, and so in an order. */
export const LINES_MAX = 100;

export const Currency = z.enum(['EUR', 'GBP', 'JPY', 'BHD']).meta({
  id: 'Currency',
  title: 'Currency',
  description: 'ISO 4217. EUR and GBP have 2 digits after the point, JPY none, BHD 3.',
});
export type Currency = z.infer<typeof Currency>;

export const Amount = z.int().min(-AMOUNT_MAX).max(AMOUNT_MAX);

export const Money = z
  .object({
    amount: Amount.meta({ description: 'Whole minor units: cents, pence, yen, fils.' }),
    currency: Currency,
  })
  .meta({
    id: 'Money',
    title: 'Money',
    description: 'An amount of one currency. `{"amount": 1250, "currency": "EUR"}` is 12.50 EUR.',
  });
export type Money = z.infer<typeof Money>;

export const Sku = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{1,39}$/)
  .meta({
    id: 'Sku',
    title: 'SKU',
    description: 'Stock keeping unit: names one variant of one product, for ever.',
    examples: ['LANTERN-BRASS-M'],
  });

export const Quantity = z
  .int()
  .min(1)
  .max(QUANTITY_MAX)
  .meta({ description: `Pieces, 1 to ${QUANTITY_MAX}.` });

/** Pieces of one SKU: what carts, orders and stock say to each other. */
export const SkuQuantity = z
  .object({ sku: Sku, quantity: Quantity })
  .meta({ id: 'SkuQuantity', title: 'Pieces of one SKU' });

/** The lines of a cart, order or reservation; one per SKU. */
export const SkuQuantities = z.array(SkuQuantity).min(1).max(LINES_MAX);

export const Instant = z.iso.datetime({ offset: true }).meta({
  description: 'RFC 3339 date and time with its zone.',
  examples: ['2026-11-22T18:30:00.000Z'],
});

/** A random identifier of the shop: prefix, underscore, 26 characters (130 bits). */
function identifier(prefix: string, title: string) {
  const pattern = new RegExp(`^${prefix}_[0-9a-z]{26}$`);
  return z
    .string()
    .regex(pattern)
    .meta({ ...id(prefix), title });
}

export const AccountId = identifier('acc', 'Account');
export const SessionId = identifier('ses', 'Session');
export const AddressId = identifier('adr', 'Saved address');
export const ErasureId = identifier('era', 'Erasure request');
export const ProductId = identifier('prd', 'Product');
export const CartId = identifier('crt', 'Cart');
export const OrderId = identifier('ord', 'Order');
export const ShipmentId = identifier('shp', 'Shipment');
export const ReturnId = identifier('ret', 'Return');
export const RefundId = identifier('rfd', 'Refund');
export const PaymentId = identifier('pay', 'Payment');
export const ReceiptId = identifier('rcp', 'Receipt of goods');
export const MessageId = identifier('msg', 'Message');
export const MovementId = identifier('mov', 'Stock movement');

/** Whose something is: the id of an account, guest or consumer, without the kind (`acc_…`, `gst_…`). */
export const SubjectId = z.string().min(1).max(200).meta({
  title: 'Subject',
  description: 'The account, guest or consumer that something belongs to.',
});

export const Email = z
  .email()
  .max(254)
  .meta({ ...sensitive(), title: 'E-mail address', examples: ['ada@example.com'] });

export const CountryCode = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .meta({ title: 'Country', description: 'ISO 3166-1 alpha-2.', examples: ['DE'] });

const personal = (lengthMax: number) => z.string().min(1).max(lengthMax);

export const PersonName = personal(200).meta({ ...sensitive(), title: 'Name of a person' });
export const Phone = z
  .string()
  .regex(/^\+?[0-9][0-9 ()/.-]{3,30}$/)
  .meta({ ...sensitive(), title: 'Telephone number' });

export const Address = z
  .object({
    name: PersonName.meta({ ...sensitive(), description: 'Whom the parcel is for.' }),
    line1: personal(200).meta({ ...sensitive(), description: 'Street and number.' }),
    line2: personal(200)
      .meta({ ...sensitive(), description: 'Floor, company, care of.' })
      .optional(),
    postalCode: personal(20).meta(sensitive()),
    city: personal(100).meta(sensitive()),
    region: personal(100)
      .meta({ ...sensitive(), description: 'State or province.' })
      .optional(),
    country: CountryCode,
    phone: Phone.optional(),
  })
  .meta({ id: 'Address', title: 'Postal address' });
export type Address = z.infer<typeof Address>;

export const Cursor = z.string().max(CURSOR_LENGTH_MAX).meta({
  description: 'Where to go on: `next` of the page before. Opaque, and bound to its caller.',
});

/** What every list takes. */
export const pageInput = {
  limit: z
    .int()
    .min(1)
    .max(PAGE_MAX)
    .meta({ description: `The most items on a page. ${PAGE_MAX} at most, 20 if left out.` })
    .optional(),
  cursor: Cursor.optional(),
};

/** One page of a list. Without `next` it is the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).max(FACTS_MAX),
    next: Cursor.meta({ description: 'Pass it as `cursor` to get the next page.' }).optional(),
  });
}

/**
 * `exportFacts`, the same in every service: its ledgers and states, page by page, for auditors. Never
 * personal data: ids, amounts, states and times.
 */
export function exportFacts<Fact extends z.ZodType>(fact: Fact, what: string) {
  return operation({
    summary: `Everything an auditor may count: ${what}.`,
    description:
      'Pages of ledgers and states without personal data, in a fixed order. The checker of the ' +
      'shop proves its invariants with them.',
    exposure: 'partner',
    access: 'shop:audit',
    effect: 'safe',
    criticality: 'batch',
    http: 'GET /facts',
    input: z.object({
      limit: z.int().min(1).max(FACTS_MAX).optional(),
      cursor: Cursor.optional(),
    }),
    output: pageOf(fact),
  });
}

/** The input of `exportSubject` and `eraseSubject`. */
export const subjectInput = z.object({ subject: SubjectId });

/** The output of `eraseSubject`. */
export const Erasure = z
  .object({
    erased: z.boolean().meta({ description: 'Whether there was anything left to erase.' }),
  })
  .meta({ id: 'Erasure', title: 'What an erasure did' });
