import { api, error, event, operation, sensitive, version } from '@portico/contract';
import * as z from 'zod';
import {
  CartId,
  Currency,
  Erasure,
  exportFacts,
  Instant,
  LINES_MAX,
  Money,
  OrderId,
  QUANTITY_MAX,
  Quantity,
  Sku,
  SkuQuantities,
  SubjectId,
  subjectInput,
} from './common.ts';
import { GuestInvalid } from './identity.ts';

export const CartVersion = z
  .int()
  .min(0)
  .meta({ description: 'Grows with each change. An order names the version that was seen.' });

const CartLine = z
  .object({
    sku: Sku,
    quantity: Quantity,
    title: z
      .string()
      .max(300)
      .meta({ description: 'Product and variant, as the catalog names them now.' }),
    productId: z.string().max(100).optional(),
    priceSeen: Money.meta({ description: 'The price when the line was last changed.' }),
    price: Money.meta({
      description: 'The price now; absent when it is not sold any more.',
    }).optional(),
    sold: z.boolean().meta({ description: 'Whether it can be bought now.' }),
  })
  .meta({ id: 'CartLine', title: 'Line of a cart' });

export const CartView = z
  .object({
    cartId: CartId.optional(),
    version: CartVersion.meta(version()),
    currency: Currency.optional(),
    lines: z.array(CartLine).max(LINES_MAX),
    subtotal: Money.meta({
      description: 'Of the lines that are sold, at current prices.',
    }).optional(),
    updatedAt: Instant.optional(),
    expiresAt: Instant.optional(),
  })
  .meta({
    id: 'Cart',
    title: 'Cart',
    description: 'Without `cartId`: nothing was put into it yet.',
  });

const CheckoutLine = z
  .object({ sku: Sku, quantity: Quantity, priceSeen: Money })
  .meta({ id: 'CheckoutLine', title: 'Line to be ordered' });

/** What the cart holds of one person, for their own export. */
export const CartExport = z
  .object({
    cartId: CartId,
    updatedAt: Instant,
    lines: z.array(CheckoutLine).max(LINES_MAX),
  })
  .meta({ id: 'CartExport', title: 'A cart, in an export' });

const CartState = z
  .enum(['open', 'ordered', 'merged', 'expired', 'discarded'])
  .meta({ id: 'CartState', title: 'State of a cart' });

const CartFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('cart'),
        cartId: z.string(),
        state: CartState,
        version: z.int().min(0),
        lines: z.int().min(0),
        pieces: z.int().min(0),
      })
      .meta({ id: 'CartCount' }),
    z
      .object({
        kind: z.literal('closure'),
        cartId: z.string(),
        orderId: z.string(),
        version: z.int().min(0),
      })
      .meta({ id: 'CartClosure' }),
    z
      .object({ kind: z.literal('merge'), cartId: z.string(), guestCartId: z.string() })
      .meta({ id: 'CartMerge' }),
  ])
  .meta({ id: 'CartFact', title: 'Fact of cart' });

export const NotSold = error({
  status: 409,
  summary: 'The shop does not sell this now, or not in this currency.',
  data: z.object({ sku: Sku }),
});
export const QuantityLimit = error({
  status: 409,
  summary: `A cart holds ${LINES_MAX} lines of ${QUANTITY_MAX} pieces each.`,
  data: z.object({
    sku: Sku,
    linesMax: z.int(),
    quantityMax: z.int(),
  }),
});
export const CurrencyMismatch = error({
  status: 409,
  summary: 'A cart has one currency. Empty it to buy in another one.',
  data: z.object({ expected: Currency, actual: Currency }),
});

const mine = { exposure: 'public', access: 'cart:use' } as const;

/** What somebody means to buy: one open cart per subject. */
export const Cart = api('cart', {
  version: '1.0.0',
  summary: 'What somebody means to buy.',
  operations: {
    getCart: operation({
      ...mine,
      summary: 'Your cart, with current prices beside the ones you saw.',
      effect: 'safe',
      http: 'GET /mine',
      output: CartView,
    }),
    addItem: operation({
      ...mine,
      summary: 'Put pieces of one SKU into your cart.',
      description: 'Adds to the line if there is one. The first item fixes the currency.',
      effect: 'keyed',
      http: 'POST /mine/items',
      input: z.object({
        sku: Sku,
        quantity: Quantity,
        currency: Currency.meta({
          description: 'The currency to buy in. If left out: that of the cart, or EUR.',
        }).optional(),
      }),
      output: CartView,
      errors: { NotSold, QuantityLimit, CurrencyMismatch },
    }),
    setQuantity: operation({
      ...mine,
      summary: 'Set how many pieces of a SKU you want.',
      description: 'The line must be there. Accepts the current price as seen.',
      effect: 'idempotent',
      http: 'PUT /mine/items/{sku}',
      input: z.object({ sku: Sku, quantity: Quantity }),
      output: CartView,
      errors: { NotSold },
    }),
    removeItem: operation({
      ...mine,
      summary: 'Take a SKU out of your cart.',
      effect: 'idempotent',
      http: 'DELETE /mine/items/{sku}',
      input: z.object({ sku: Sku }),
      output: CartView,
    }),
    clearCart: operation({
      ...mine,
      summary: 'Empty your cart.',
      effect: 'idempotent',
      http: 'DELETE /mine/items',
      output: CartView,
    }),
    mergeGuestCart: operation({
      ...mine,
      summary: 'Take over the cart that you filled as a guest.',
      description:
        'Sums the pieces up to the limits and leaves out what has another currency. Works once ' +
        "per guest, and ends the guest's cart.",
      effect: 'keyed',
      http: 'POST /mine/merge',
      input: z.object({
        guestToken: z
          .string()
          .min(1)
          .max(4_096)
          .meta({ ...sensitive(), description: "The guest's access or refresh token, as proof." }),
      }),
      output: CartView,
      errors: { GuestInvalid },
    }),
    getCheckoutCart: operation({
      summary: 'What a subject wants to order, at which version.',
      description: 'Without `cartId` and lines: nothing.',
      effect: 'safe',
      criticality: 'critical',
      input: z.object({ subject: SubjectId }),
      output: z.object({
        cartId: CartId.optional(),
        version: CartVersion,
        currency: Currency.optional(),
        lines: z.array(CheckoutLine).max(LINES_MAX),
      }),
    }),
    closeCart: operation({
      summary: 'Take what was ordered out of a cart, once per order.',
      description: 'What was added after the order stays. An emptied cart is closed.',
      effect: 'keyed',
      criticality: 'critical',
      owner: 'shared',
      input: z.object({
        cartId: CartId,
        orderId: OrderId,
        version: CartVersion.meta({ description: 'The version that was ordered.' }),
        lines: SkuQuantities,
      }),
      output: z.object({
        closed: z.boolean().meta({ description: 'Whether nothing was left.' }),
        linesLeft: z.int().min(0),
      }),
    }),
    exportSubject: operation({
      summary: "One person's open cart.",
      effect: 'safe',
      input: subjectInput,
      output: z.object({ cart: CartExport.optional() }),
    }),
    eraseSubject: operation({
      summary: "Discard one person's carts and forget whose they were.",
      effect: 'idempotent',
      input: subjectInput,
      output: Erasure,
    }),
    exportFacts: exportFacts(CartFact, 'carts by state, what orders closed, what was merged'),
  },
  events: {
    CartMerged: event({
      summary: "A guest's cart went into the cart of an account.",
      key: 'cartId',
      payload: z.object({ cartId: CartId, guestCartId: CartId, lines: z.int().min(0) }),
    }),
    CartExpired: event({
      summary: 'A cart was left alone for too long and ended.',
      key: 'cartId',
      payload: z.object({ cartId: CartId }),
    }),
  },
});
