import type { Migration } from '@portico/store';

const UNFINISHED =
  'Orders of a release that carried on its own sagas are still under way. ' +
  'Start that release once more, wait until "shop check" finds it settled, and stop it.';

/** The schema of orders. The two unique indexes refuse a second order of one cart. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'orders, contacts, shipments, returns, refunds, histories, sagas',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE orders (
          order_id TEXT PRIMARY KEY,
          subject TEXT NOT NULL,
          cart_id TEXT NOT NULL,
          cart_version INTEGER NOT NULL,
          currency TEXT NOT NULL,
          state TEXT NOT NULL,
          payment TEXT NOT NULL,
          fulfilment TEXT NOT NULL,
          failure_reason TEXT,
          cancellation_requested INTEGER NOT NULL DEFAULT 0,
          version INTEGER NOT NULL,
          accepted INTEGER NOT NULL,
          subtotal INTEGER NOT NULL,
          discount INTEGER NOT NULL,
          shipping INTEGER NOT NULL,
          total INTEGER NOT NULL,
          tax INTEGER NOT NULL,
          refunded INTEGER NOT NULL DEFAULT 0,
          shipping_method TEXT NOT NULL,
          country TEXT NOT NULL,
          payment_id TEXT,
          payment_token TEXT,
          return_url TEXT,
          action_url TEXT,
          action_expires_at INTEGER,
          checkout_open INTEGER NOT NULL,
          committed INTEGER NOT NULL DEFAULT 0,
          placed_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          CHECK (total = subtotal - discount + shipping AND total = accepted),
          CHECK (refunded >= 0 AND refunded <= total)
        ) STRICT;
        CREATE UNIQUE INDEX orders_open_checkout ON orders (cart_id) WHERE checkout_open = 1;
        CREATE UNIQUE INDEX orders_cart_version ON orders (cart_id, cart_version)
          WHERE state NOT IN ('failed', 'cancelled');
        CREATE INDEX orders_subject ON orders (subject, placed_at, order_id);
        CREATE INDEX orders_newest ON orders (placed_at, order_id);
        CREATE TABLE order_line (
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          position INTEGER NOT NULL,
          sku TEXT NOT NULL,
          title TEXT NOT NULL,
          quantity INTEGER NOT NULL CHECK (quantity > 0),
          unit_price INTEGER NOT NULL,
          total INTEGER NOT NULL CHECK (total = unit_price * quantity),
          tax_rate INTEGER NOT NULL,
          tax INTEGER NOT NULL,
          PRIMARY KEY (order_id, sku)
        ) STRICT;
        CREATE TABLE contact (
          order_id TEXT PRIMARY KEY REFERENCES orders (order_id),
          name TEXT NOT NULL,
          email TEXT NOT NULL,
          phone TEXT,
          address TEXT NOT NULL
        ) STRICT;
        CREATE INDEX contact_email ON contact (email);
        CREATE TABLE shipment (
          shipment_id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          carrier TEXT NOT NULL,
          tracking_number TEXT,
          shipped_at INTEGER NOT NULL,
          delivered_at INTEGER
        ) STRICT;
        CREATE INDEX shipment_order ON shipment (order_id);
        CREATE TABLE shipment_line (
          shipment_id TEXT NOT NULL REFERENCES shipment (shipment_id),
          sku TEXT NOT NULL,
          quantity INTEGER NOT NULL CHECK (quantity > 0),
          PRIMARY KEY (shipment_id, sku)
        ) STRICT;
        CREATE TABLE order_return (
          return_id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          restock INTEGER NOT NULL,
          restocked INTEGER NOT NULL DEFAULT 0,
          accepted_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX order_return_order ON order_return (order_id);
        CREATE TABLE return_line (
          return_id TEXT NOT NULL REFERENCES order_return (return_id),
          sku TEXT NOT NULL,
          quantity INTEGER NOT NULL CHECK (quantity > 0),
          PRIMARY KEY (return_id, sku)
        ) STRICT;
        CREATE TABLE refund (
          refund_id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          amount INTEGER NOT NULL CHECK (amount > 0),
          reason TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('requested', 'refunded')),
          requested_at INTEGER NOT NULL,
          refunded_at INTEGER
        ) STRICT;
        CREATE INDEX refund_order ON refund (order_id);
        CREATE TABLE history (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          at INTEGER NOT NULL,
          axis TEXT NOT NULL,
          from_value TEXT,
          to_value TEXT NOT NULL,
          by_whom TEXT NOT NULL,
          reason TEXT
        ) STRICT;
        CREATE INDEX history_order ON history (order_id, seq);
        CREATE TABLE saga (
          saga_id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL REFERENCES orders (order_id),
          type TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('running', 'compensating', 'done', 'stuck')),
          step TEXT NOT NULL,
          reference TEXT NOT NULL,
          reason TEXT,
          attempts INTEGER NOT NULL DEFAULT 0,
          step_since INTEGER NOT NULL,
          next_at INTEGER NOT NULL,
          deadline_at INTEGER,
          started_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX saga_due ON saga (next_at) WHERE state <> 'done';
        CREATE INDEX saga_order ON saga (order_id);
      `,
    },
  },
  {
    version: 2,
    name: 'sagas are carried on by the platform',
    kind: 'contract',
    requires: 2,
    up: {
      sqlite: `
        CREATE TRIGGER saga_unfinished BEFORE DELETE ON saga WHEN OLD.state <> 'done'
        BEGIN
          SELECT RAISE(ABORT, '${UNFINISHED}');
        END;
        DELETE FROM saga;
        DROP TABLE saga;
      `,
    },
  },
];
