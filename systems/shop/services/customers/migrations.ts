import type { Migration } from '@portico/store';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'profiles, addresses, consents, erasure requests and the audit trail',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE customer (
          customer_id TEXT PRIMARY KEY,
          version INTEGER NOT NULL,
          given_name TEXT,
          family_name TEXT,
          phone TEXT,
          language TEXT,
          name_key TEXT,
          family_key TEXT,
          phone_key TEXT,
          updated_at INTEGER NOT NULL,
          erased_at INTEGER
        ) STRICT;
        CREATE INDEX customer_name ON customer (name_key);
        CREATE INDEX customer_family ON customer (family_key);
        CREATE INDEX customer_phone ON customer (phone_key);

        CREATE TABLE address (
          address_id TEXT PRIMARY KEY,
          customer_id TEXT NOT NULL,
          label TEXT,
          preferred INTEGER NOT NULL CHECK (preferred IN (0, 1)),
          address TEXT,
          postal_key TEXT,
          updated_at INTEGER NOT NULL,
          removed_at INTEGER
        ) STRICT;
        CREATE INDEX address_customer ON address (customer_id);
        CREATE INDEX address_postal ON address (postal_key);
        CREATE UNIQUE INDEX address_preferred ON address (customer_id) WHERE preferred = 1;

        CREATE TABLE consent (
          customer_id TEXT NOT NULL,
          purpose TEXT NOT NULL,
          given INTEGER NOT NULL CHECK (given IN (0, 1)),
          changed_at INTEGER NOT NULL,
          PRIMARY KEY (customer_id, purpose)
        ) STRICT;

        CREATE TABLE erasure (
          erasure_id TEXT PRIMARY KEY,
          customer_id TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('requested', 'running', 'completed')),
          requested_at INTEGER NOT NULL,
          completed_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX erasure_open ON erasure (customer_id) WHERE state != 'completed';

        CREATE TABLE profile_change (
          change_id TEXT PRIMARY KEY,
          customer_id TEXT NOT NULL,
          at INTEGER NOT NULL,
          what TEXT NOT NULL,
          by TEXT NOT NULL
        ) STRICT;
        CREATE INDEX profile_change_customer ON profile_change (customer_id, at);
      `,
    },
  },
];
