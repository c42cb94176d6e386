import type { Migration } from '@portico/store';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'accounts, guests, sessions, keys and mail',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE account (
          account_id TEXT PRIMARY KEY,
          email TEXT,
          email_key TEXT,
          password_hash TEXT,
          roles TEXT NOT NULL,
          verified_at INTEGER,
          locked_at INTEGER,
          closed_at INTEGER,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX account_email ON account (email_key);

        CREATE TABLE guest (
          guest_id TEXT PRIMARY KEY,
          created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE session (
          session_id TEXT PRIMARY KEY,
          subject TEXT NOT NULL,
          selector TEXT NOT NULL,
          token_hash TEXT NOT NULL,
          previous_hash TEXT,
          rotated_at INTEGER,
          created_at INTEGER NOT NULL,
          last_used_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL,
          revoked_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX session_selector ON session (selector);
        CREATE INDEX session_subject ON session (subject, created_at);
        CREATE INDEX session_expiry ON session (expires_at);

        CREATE TABLE signing_key (
          kid TEXT PRIMARY KEY,
          seed TEXT NOT NULL,
          x TEXT NOT NULL,
          created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE secret (
          name TEXT PRIMARY KEY,
          value TEXT NOT NULL
        ) STRICT;

        CREATE TABLE email_token (
          token_hash TEXT PRIMARY KEY,
          account_id TEXT NOT NULL REFERENCES account,
          purpose TEXT NOT NULL CHECK (purpose IN ('verify', 'reset', 'changeEmail')),
          email TEXT NOT NULL,
          email_key TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          expires_at INTEGER NOT NULL,
          used_at INTEGER
        ) STRICT;
        CREATE INDEX email_token_account ON email_token (account_id);
        CREATE INDEX email_token_expiry ON email_token (expires_at);

        CREATE TABLE mail (
          mail_id TEXT PRIMARY KEY,
          account_id TEXT NOT NULL,
          recipient TEXT NOT NULL,
          template TEXT NOT NULL,
          token TEXT NOT NULL,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX mail_created ON mail (created_at);
        CREATE INDEX mail_account ON mail (account_id);

        CREATE TABLE mail_request (
          request_id TEXT PRIMARY KEY,
          address_hash TEXT NOT NULL,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX mail_request_address ON mail_request (address_hash, created_at);
      `,
    },
  },
  {
    version: 2,
    name: 'titles, texts and the delivery of mail',
    kind: 'expand',
    up: {
      sqlite: `
        ALTER TABLE mail ADD COLUMN title TEXT;
        ALTER TABLE mail ADD COLUMN text TEXT;
        ALTER TABLE mail ADD COLUMN state TEXT NOT NULL DEFAULT 'kept'
          CHECK (state IN ('kept', 'due', 'sent', 'failed'));
        ALTER TABLE mail ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE mail ADD COLUMN next_at INTEGER;
        ALTER TABLE mail ADD COLUMN sent_at INTEGER;
        CREATE INDEX mail_due ON mail (next_at) WHERE state = 'due';
      `,
    },
  },
];
