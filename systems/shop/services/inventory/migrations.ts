import type { Migration } from '@portico/store';

/** The schema of inventory. The checks are the last line of defence against overselling. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'stock, reservations and movements',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE stock (
          sku TEXT PRIMARY KEY,
          on_hand INTEGER NOT NULL,
          reserved INTEGER NOT NULL,
          CHECK (reserved >= 0 AND reserved <= on_hand)
        ) STRICT;
        CREATE TABLE reservation (
          name TEXT PRIMARY KEY,
          order_id TEXT NOT NULL,
          state TEXT NOT NULL
            CHECK (state IN ('held', 'pinned', 'committed', 'expired', 'released')),
          expires_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX reservation_due ON reservation (expires_at) WHERE state = 'held';
        CREATE TABLE reservation_line (
          reservation TEXT NOT NULL REFERENCES reservation (name),
          sku TEXT NOT NULL REFERENCES stock (sku),
          quantity INTEGER NOT NULL CHECK (quantity > 0),
          PRIMARY KEY (reservation, sku)
        ) STRICT;
        CREATE INDEX reservation_line_sku ON reservation_line (sku);
        CREATE TABLE movement (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          movement_id TEXT NOT NULL UNIQUE,
          sku TEXT NOT NULL REFERENCES stock (sku),
          kind TEXT NOT NULL CHECK (kind IN ('receipt', 'adjustment', 'commit', 'restock')),
          quantity INTEGER NOT NULL,
          reference TEXT NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX movement_sku ON movement (sku, seq);
      `,
    },
  },
];
