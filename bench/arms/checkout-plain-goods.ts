// Catalog and inventory without Portico, for the peers of `checkout`: the same goods, the same stock.

import { openPlainStore, Refusal } from './checkout-plain-store.ts';
import { listGoods, STOCK } from './checkout-shop.ts';

export type Catalog = ReturnType<typeof createCatalog>;
export type Inventory = ReturnType<typeof createInventory>;

/** So many of a SKU. */
export interface Pieces {
  readonly sku: string;
  readonly quantity: number;
}

/** What is sold, for how much. */
export function createCatalog(directory: string) {
  const store = openPlainStore(
    directory,
    'catalog',
    `CREATE TABLE sku (sku TEXT PRIMARY KEY, title TEXT NOT NULL, tax_class TEXT NOT NULL,
       price INTEGER NOT NULL) STRICT`,
  );
  store.transaction(() => {
    for (const { sku, title, taxClass, price } of listGoods())
      store.run('INSERT INTO sku VALUES (?, ?, ?, ?)', sku, title, taxClass, price);
  });
  return {
    async getOffers({ skus }: { readonly skus: readonly string[] }) {
      const offers = skus.flatMap((sku) => {
        const row = store.get<{ title: string; tax_class: 'standard' | 'reduced'; price: number }>(
          'SELECT title, tax_class, price FROM sku WHERE sku = ?',
          sku,
        );
        if (!row) return [];
        const price = { amount: row.price, currency: 'EUR' as const };
        return [{ sku, title: row.title, taxClass: row.tax_class, price, sold: true }];
      });
      return { offers };
    },
  };
}

/** What is there, and what is promised: `available` = `on_hand` − `reserved`. */
export function createInventory(directory: string) {
  const store = openPlainStore(
    directory,
    'inventory',
    `CREATE TABLE stock (sku TEXT PRIMARY KEY, on_hand INTEGER NOT NULL, reserved INTEGER NOT NULL,
       CHECK (reserved BETWEEN 0 AND on_hand)) STRICT;
     CREATE TABLE reservation (reservation TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL,
       state TEXT NOT NULL, PRIMARY KEY (reservation, sku)) STRICT;
     CREATE TABLE movement (number INTEGER PRIMARY KEY, sku TEXT NOT NULL, difference INTEGER NOT NULL,
       reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT`,
  );
  store.transaction(() => {
    for (const { sku } of listGoods()) store.run('INSERT INTO stock VALUES (?, ?, 0)', sku, STOCK);
  });
  const held = (reservation: string) =>
    store.all<Pieces>(
      "SELECT sku, quantity FROM reservation WHERE reservation = ? AND state = 'held'",
      reservation,
    );
  const end = (reservation: string, state: string) =>
    store.run('UPDATE reservation SET state = ? WHERE reservation = ?', state, reservation);
  return {
    async getStocks({ skus }: { readonly skus: readonly string[] }) {
      const items = skus.map((sku) => {
        const sql = 'SELECT on_hand - reserved AS available FROM stock WHERE sku = ?';
        return { sku, available: store.get<{ available: number }>(sql, sku)?.available ?? 0 };
      });
      return { items };
    },
    /** All lines or none. @throws {Refusal} 409 when one is short. */
    async reserve(request: { readonly reservation: string; readonly lines: readonly Pieces[] }) {
      store.transaction(() => {
        for (const { sku, quantity } of request.lines) {
          const changed = store.run(
            'UPDATE stock SET reserved = reserved + ? WHERE sku = ? AND on_hand - reserved >= ?',
            ...[quantity, sku, quantity],
          );
          if (changed === 0) throw new Refusal(409, `${sku} is sold out.`);
          const row = [request.reservation, sku, quantity];
          store.run("INSERT INTO reservation VALUES (?, ?, ?, 'held')", ...row);
        }
      });
    },
    async release({ reservation }: { readonly reservation: string }) {
      store.transaction(() => {
        for (const { sku, quantity } of held(reservation))
          store.run('UPDATE stock SET reserved = reserved - ? WHERE sku = ?', quantity, sku);
        end(reservation, 'released');
      });
    },
    /** The pieces leave the stock. */
    async commit({ reservation }: { readonly reservation: string }) {
      store.transaction(() => {
        for (const { sku, quantity } of held(reservation)) {
          store.run(
            'UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE sku = ?',
            ...[quantity, quantity, sku],
          );
          store.run(
            "INSERT INTO movement (sku, difference, reason, at) VALUES (?, ?, 'sold', ?)",
            ...[sku, -quantity, Date.now()],
          );
        }
        end(reservation, 'committed');
      });
    },
  };
}
