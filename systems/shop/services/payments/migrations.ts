import type { Migration } from '@portico/store';

/** The schema of payments. The unique index on the ledger makes a second capture impossible. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'payments, refunds, ledger, provider events, reconciliations',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE payment (
          payment_id TEXT PRIMARY KEY,
          order_id TEXT NOT NULL,
          provider TEXT NOT NULL,
          provider_id TEXT,
          state TEXT NOT NULL CHECK (state IN
            ('sent', 'actionRequired', 'authorized', 'captured', 'declined', 'voided')),
          provider_state TEXT,
          amount INTEGER NOT NULL CHECK (amount >= 0),
          currency TEXT NOT NULL,
          token TEXT,
          return_url TEXT,
          brand TEXT,
          last_four TEXT,
          decline_reason TEXT,
          action_url TEXT,
          action_expires_at INTEGER,
          capture_requested INTEGER NOT NULL DEFAULT 0,
          captured INTEGER NOT NULL DEFAULT 0,
          refunded INTEGER NOT NULL DEFAULT 0,
          ask_at INTEGER,
          asked INTEGER NOT NULL DEFAULT 0,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL,
          CHECK (refunded >= 0 AND refunded <= captured AND captured <= amount)
        ) STRICT;
        CREATE INDEX payment_order ON payment (order_id);
        CREATE INDEX payment_ask ON payment (ask_at) WHERE ask_at IS NOT NULL;
        CREATE INDEX payment_newest ON payment (created_at, payment_id);
        CREATE TABLE refund (
          refund_id TEXT PRIMARY KEY,
          payment_id TEXT NOT NULL REFERENCES payment (payment_id),
          amount INTEGER NOT NULL CHECK (amount > 0),
          state TEXT NOT NULL CHECK (state IN ('sent', 'refunded', 'refused')),
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX refund_payment ON refund (payment_id);
        CREATE TABLE ledger (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          payment_id TEXT NOT NULL REFERENCES payment (payment_id),
          entry TEXT NOT NULL,
          reference TEXT NOT NULL,
          amount INTEGER NOT NULL,
          currency TEXT NOT NULL,
          at INTEGER NOT NULL,
          UNIQUE (payment_id, entry, reference)
        ) STRICT;
        CREATE INDEX ledger_at ON ledger (at);
        CREATE TABLE provider_event (
          provider TEXT NOT NULL,
          event_id TEXT NOT NULL,
          type TEXT NOT NULL,
          payment_id TEXT,
          at INTEGER NOT NULL,
          PRIMARY KEY (provider, event_id)
        ) STRICT;
        CREATE TABLE reconciliation (
          date TEXT PRIMARY KEY, result TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
      `,
    },
  },
  {
    version: 2,
    name: 'payments are found by the provider’s own id',
    kind: 'expand',
    up: {
      sqlite: `CREATE INDEX payment_provider_id ON payment (provider_id) WHERE provider_id IS NOT NULL;`,
    },
  },
];
