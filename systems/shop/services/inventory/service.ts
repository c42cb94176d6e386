import { Failure } from '@portico/contract';
import { service } from '@portico/service';
import { Catalog } from '../../contracts/catalog.ts';
import { AlreadyCommitted, Inventory, ReservationExpired } from '../../contracts/inventory.ts';
import { PAGE_DEFAULT, parseCursor, toPage } from '../../paging.ts';
import { exportFacts, toMovement } from './facts.ts';
import { toStockLevel } from './levels.ts';
import {
  expireOverdue,
  leaveTombstone,
  move,
  type ReservationView,
  reserve,
} from './reservations.ts';
import { addSkus, bookMovement, unknownSku } from './stock.ts';
import { store } from './tables.ts';

/** What is there, and what is promised. Holds I1 and I2. */
export const inventory = service(Inventory)({
  hears: { catalog: Catalog },
  store,
  operations: {
    async getStock({ sku }, { store: db }) {
      const row = await db
        .selectFrom('stock')
        .selectAll()
        .where('sku', '=', sku)
        .executeTakeFirst();
      if (!row) throw unknownSku(sku);
      return toStockLevel(row);
    },

    async getStocks({ skus }, { store: db }) {
      const rows = await db
        .selectFrom('stock')
        .selectAll()
        .where('sku', 'in', skus)
        .orderBy('sku')
        .execute();
      return { items: rows.map(toStockLevel) };
    },

    async receive({ lines, reference }, { transaction, ids, clock }) {
      const receiptId = ids.prefixed('rcp');
      const at = clock.now();
      return transaction(async (tx) => {
        const stock = [];
        for (const { sku, quantity } of lines) {
          const movementId = ids.prefixed('mov');
          const booked = { movementId, sku, quantity, reference: reference ?? receiptId, at };
          stock.push(await bookMovement(tx, { ...booked, kind: 'receipt' }));
        }
        return { receiptId, stock };
      });
    },

    async adjust({ sku, difference, reason }, { transaction, ids, clock }) {
      const movementId = ids.prefixed('mov');
      const at = clock.now();
      const booked = { movementId, sku, quantity: difference, reference: reason, at } as const;
      return transaction((tx) => bookMovement(tx, { ...booked, kind: 'adjustment' }));
    },

    async listMovements({ sku, limit = PAGE_DEFAULT, cursor }, { store: db }) {
      const [before] = parseCursor(cursor, [0] as const) ?? [Number.MAX_SAFE_INTEGER];
      let query = db.selectFrom('movement').selectAll().where('seq', '<', before);
      if (sku) query = query.where('sku', '=', sku);
      const rows = await query
        .orderBy('seq', 'desc')
        .limit(limit + 1)
        .execute();
      return toPage(rows, limit, { item: toMovement, position: (row) => [row.seq] });
    },

    reserve: (input, { transaction, clock }) =>
      transaction((tx) => reserve(tx, input, clock.now())),

    pin: (input, { transaction, clock }) =>
      transaction(async (tx) => {
        const pinned = await move(tx, input.reservation, { by: 'pin', now: clock.now() });
        if (pinned === 'refused') throw ReservationExpired();
        return known(pinned);
      }),

    commit: (input, { transaction, clock, ids }) =>
      transaction(async (tx) => {
        const now = clock.now();
        const movementId = () => ids.prefixed('mov');
        const committed = await move(tx, input.reservation, { by: 'commit', now, movementId });
        if (committed === 'refused') {
          throw Failure.rejected('precondition-failed', 'Only a pinned reservation is committed.');
        }
        return known(committed);
      }),

    release: (input, { transaction, clock }) =>
      transaction(async (tx) => {
        const now = clock.now();
        const released = await move(tx, input.reservation, { by: 'release', now });
        if (released === 'refused') throw AlreadyCommitted();
        if (released === 'unknown') await leaveTombstone(tx, input.reservation, now);
        return undefined;
      }),

    async restock({ orderId, returnId, lines }, { transaction, ids, clock }) {
      const at = clock.now();
      return transaction(async (tx) => {
        const stock = [];
        for (const { sku, quantity } of lines) {
          const movementId = ids.prefixed('mov');
          const booked = { movementId, sku, quantity, reference: returnId ?? orderId, at };
          stock.push(await bookMovement(tx, { ...booked, kind: 'restock' }));
        }
        return { stock };
      });
    },

    exportFacts: (input, { store: db }) => exportFacts(db, input),
  },
  on: {
    catalog: {
      /** What can be bought has a stock, if an empty one. */
      ProductPublished: ({ payload }, { transaction }) =>
        transaction((tx) => addSkus(tx, payload.skus)),
      ProductChanged: ({ payload }, { transaction }) =>
        transaction((tx) => addSkus(tx, payload.skus)),
    },
  },
  every: {
    '30s': async ({ transaction, clock, log }) => {
      const expired = await transaction((tx) => expireOverdue(tx, clock.now()));
      if (expired > 0) log.info({ expired }, 'Reservations ran out.');
    },
  },
});

function known(result: ReservationView | 'refused' | 'unknown'): ReservationView {
  if (typeof result !== 'string') return result;
  throw Failure.rejected('not-found', 'There is no such reservation.');
}
