import type { Migration } from '@portico/store';
import { MAIL_TABLE } from '../../mail/mail-table.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'messages, mail, suppressed addresses and erased people',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE message (
          message_id TEXT PRIMARY KEY,
          event_id TEXT NOT NULL,
          channel TEXT NOT NULL CHECK (channel IN ('email')),
          template TEXT NOT NULL,
          subject TEXT NOT NULL,
          order_id TEXT,
          end TEXT NOT NULL CHECK (end IN ('mailed', 'suppressed', 'erased')),
          mail_id TEXT,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX message_once ON message (event_id, channel);
        CREATE INDEX message_newest ON message (created_at, message_id);
        CREATE INDEX message_subject ON message (subject);
        CREATE INDEX message_order ON message (order_id);

        CREATE TABLE suppression (
          address_hash TEXT PRIMARY KEY,
          since INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE erased (
          subject TEXT PRIMARY KEY,
          at INTEGER NOT NULL
        ) STRICT;
        ${MAIL_TABLE}
      `,
    },
  },
];
