import type { Migration } from '@portico/store';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'carts, lines, closures and merges',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE cart (
          cart_id TEXT PRIMARY KEY,
          subject TEXT NOT NULL,
          state TEXT NOT NULL
            CHECK (state IN ('open', 'ordered', 'merged', 'expired', 'discarded')),
          version INTEGER NOT NULL,
          currency TEXT NOT NULL,
          updated_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX cart_open ON cart (subject) WHERE state = 'open';
        CREATE INDEX cart_subject ON cart (subject);
        CREATE INDEX cart_expiry ON cart (expires_at) WHERE state = 'open';

        CREATE TABLE line (
          cart_id TEXT NOT NULL REFERENCES cart,
          sku TEXT NOT NULL,
          quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
          title TEXT NOT NULL,
          price_seen INTEGER NOT NULL,
          since_version INTEGER NOT NULL,
          PRIMARY KEY (cart_id, sku)
        ) STRICT;

        CREATE TABLE closure (
          order_id TEXT PRIMARY KEY,
          cart_id TEXT NOT NULL REFERENCES cart,
          version INTEGER NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE merge (
          guest_subject TEXT PRIMARY KEY,
          subject TEXT NOT NULL,
          cart_id TEXT,
          guest_cart_id TEXT,
          at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX merge_subject ON merge (subject);
      `,
    },
  },
];
