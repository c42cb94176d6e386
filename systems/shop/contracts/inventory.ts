import { api, error, event, operation } from '@portico/contract';
import * as z from 'zod';
import {
  exportFacts,
  Instant,
  LINES_MAX,
  MovementId,
  OrderId,
  pageInput,
  pageOf,
  ReceiptId,
  ReturnId,
  Sku,
  SkuQuantities,
  SkuQuantity,
} from './common.ts';

/** Customers get a number up to this; beyond it, "at least". */
export const SHOWN_MAX = 20;
/** The most pieces that come in or go out at once. */
const PIECES_MAX = 1_000_000;

const Pieces = z.int().min(0);

export const StockLevel = z
  .object({
    sku: Sku,
    level: z.enum(['in', 'low', 'out']).meta({ id: 'Availability', title: 'Availability' }),
    available: z
      .int()
      .min(0)
      .max(SHOWN_MAX)
      .meta({ description: `Pieces; ${SHOWN_MAX} means ${SHOWN_MAX} or more.` }),
  })
  .meta({ id: 'StockLevel', title: 'Stock, as customers see it' });

export const StockCount = z
  .object({ sku: Sku, onHand: Pieces, reserved: Pieces, available: Pieces })
  .meta({
    id: 'StockCount',
    title: 'Stock, as staff see it',
    description: 'available = onHand − reserved.',
  });

export const MovementKind = z
  .enum(['receipt', 'adjustment', 'commit', 'restock'])
  .meta({ id: 'MovementKind', title: 'Kind of movement' });

const movementFields = {
  movementId: MovementId,
  sku: Sku,
  movement: MovementKind,
  quantity: z.int().meta({ description: 'Pieces that came (> 0) or went (< 0).' }),
  reference: z.string().max(200).meta({ description: 'The receipt, order or return behind it.' }),
  at: Instant,
};

const Movement = z.object(movementFields).meta({
  id: 'Movement',
  title: 'Stock movement',
  description: 'A line of a ledger: never changed.',
});

/**
 * The name of a reservation: its order's id, or `ord_…:2` where the first one ran out during payment.
 * Chosen by orders, so that a repetition and an undo name the same thing.
 */
export const ReservationName = z
  .string()
  .regex(/^ord_[0-9a-z]{26}(:[0-9]{1,2})?$/)
  .meta({ title: 'Reservation', description: "The order's id, `:2` after it for a second one." });

export const ReservationState = z
  .enum(['held', 'pinned', 'committed', 'expired', 'released'])
  .meta({ id: 'ReservationState', title: 'State of a reservation' });

const Reservation = z
  .object({
    reservation: ReservationName,
    state: ReservationState,
    expiresAt: Instant.meta({ description: 'Only a held one expires.' }).optional(),
  })
  .meta({ id: 'Reservation', title: 'Reservation' });

const ShortLine = z
  .object({ sku: Sku, asked: Pieces, available: Pieces })
  .meta({ id: 'ShortLine', title: 'What is short' });

const InventoryFact = z
  .discriminatedUnion('kind', [
    z
      .object({ kind: z.literal('stock'), sku: Sku, onHand: z.int(), reserved: z.int() })
      .meta({ id: 'StockFact' }),
    z
      .object({
        kind: z.literal('reservation'),
        reservation: ReservationName,
        orderId: z.string(),
        state: ReservationState,
        lines: z.array(SkuQuantity).max(LINES_MAX),
        expiresAt: Instant.optional(),
      })
      .meta({ id: 'ReservationFact' }),
    z.object({ kind: z.literal('movement'), ...movementFields }).meta({ id: 'MovementFact' }),
  ])
  .meta({ id: 'InventoryFact', title: 'Fact of inventory' });

export const OutOfStock = error({
  status: 409,
  summary: 'There is not enough in stock.',
  data: z.object({ lines: z.array(ShortLine).max(LINES_MAX) }),
});
export const BelowReserved = error({
  status: 409,
  summary: 'So many pieces are promised to customers already.',
  data: z.object({ sku: Sku, onHand: Pieces, reserved: Pieces }),
});
export const ReservationExpired = error({
  status: 409,
  summary: 'The reservation has run out.',
});
export const AlreadyCommitted = error({
  status: 409,
  summary: 'These pieces have left the stock. Restock them instead.',
});

const write = { exposure: 'partner', access: 'stock:write' } as const;
const step = { exposure: 'internal', effect: 'keyed', criticality: 'critical' } as const;
const named = z.object({ reservation: ReservationName });

const stockEvent = (summary: string) =>
  event({ summary, key: 'sku', payload: z.object({ sku: Sku, available: Pieces }) });

/** What is there, and what is promised. */
export const Inventory = api('inventory', {
  version: '1.0.0',
  summary: 'What is in stock, and what is promised.',
  operations: {
    getStock: operation({
      summary: 'Whether one SKU is in stock.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /stock/{sku}',
      input: z.object({ sku: Sku }),
      output: StockLevel,
    }),
    getStocks: operation({
      summary: 'Whether many SKUs are in stock.',
      description: 'Unknown SKUs are left out.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /stock',
      input: z.object({ skus: z.array(Sku).min(1).max(100) }),
      output: pageOf(StockLevel),
    }),
    receive: operation({
      ...write,
      summary: 'Book goods that have arrived.',
      effect: 'keyed',
      http: 'POST /receipts',
      input: z.object({
        lines: z
          .array(
            z
              .object({ sku: Sku, quantity: z.int().min(1).max(PIECES_MAX) })
              .meta({ id: 'ReceiptLine', title: 'What has arrived' }),
          )
          .min(1)
          .max(500),
        reference: z.string().max(200).meta({ description: 'Your delivery note.' }).optional(),
      }),
      output: z.object({ receiptId: ReceiptId, stock: z.array(StockCount).max(500) }),
    }),
    adjust: operation({
      ...write,
      summary: 'Correct the stock of a SKU after counting, loss or damage.',
      effect: 'keyed',
      http: 'POST /adjustments',
      input: z.object({
        sku: Sku,
        difference: z
          .int()
          .min(-PIECES_MAX)
          .max(PIECES_MAX)
          .meta({ description: 'Pieces found (> 0) or missing (< 0).' }),
        reason: z
          .enum(['count', 'loss', 'damage', 'found', 'other'])
          .meta({ id: 'AdjustmentReason', title: 'Reason of an adjustment' }),
      }),
      output: StockCount,
      errors: { BelowReserved },
    }),
    listMovements: operation({
      ...write,
      summary: 'What came and went, newest first.',
      effect: 'safe',
      http: 'GET /movements',
      input: z.object({ sku: Sku.optional(), ...pageInput }),
      output: pageOf(Movement),
    }),
    reserve: operation({
      ...step,
      summary: 'Hold stock for an order, all lines or none.',
      owner: 'shared',
      input: z.object({
        reservation: ReservationName,
        orderId: OrderId,
        lines: SkuQuantities,
        ttlSeconds: z.int().min(1).max(3_600),
      }),
      output: Reservation,
      errors: { OutOfStock },
    }),
    pin: operation({
      ...step,
      summary: 'Keep a reservation from expiring: its order is about to be confirmed.',
      input: named,
      output: Reservation,
      errors: { ReservationExpired },
    }),
    commit: operation({
      ...step,
      summary: 'Take reserved pieces out of stock: they are sold.',
      input: named,
      output: Reservation,
    }),
    release: operation({
      ...step,
      summary: 'Give a reservation back.',
      description: 'Before the reservation has come, it leaves a tombstone that refuses it.',
      undoes: 'reserve',
      input: named,
      errors: { AlreadyCommitted },
    }),
    restock: operation({
      ...step,
      summary: 'Put pieces of a cancelled or returned order back into stock.',
      owner: 'shared',
      input: z.object({
        orderId: OrderId,
        returnId: ReturnId.optional(),
        lines: SkuQuantities,
      }),
      output: z.object({ stock: z.array(StockCount).max(LINES_MAX) }),
    }),
    exportFacts: exportFacts(InventoryFact, 'stock per SKU, reservations, every movement'),
  },
  events: {
    StockLow: event({
      summary: 'Few pieces of a SKU are left.',
      key: 'sku',
      exposure: 'partner',
      access: 'stock:write',
      owner: 'shared',
      payload: z.object({ sku: Sku, available: Pieces }),
    }),
    StockDepleted: stockEvent('No piece of a SKU is left.'),
    StockReplenished: stockEvent('A SKU that was low or out can be bought again.'),
    ReservationExpired: event({
      summary: 'A reservation has run out before its order was paid.',
      key: 'orderId',
      payload: z.object({ reservation: ReservationName, orderId: OrderId }),
    }),
  },
});
