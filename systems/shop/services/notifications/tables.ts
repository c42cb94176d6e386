import type { OutputOf } from '@portico/contract';
import type { HandleOf } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Notifications } from '../../contracts/notifications.ts';
import type { MailRow } from '../../mail/mail-table.ts';
import { migrations } from './migrations.ts';

/** What a message says. */
export type Template = OutputOf<
  (typeof Notifications)['operations']['listMessages']
>['items'][number]['template'];

/** Times are Unix milliseconds. */
export interface MessageRow {
  message_id: string;
  /** With the channel, unique: an event is told once, however often it is handled. */
  event_id: string;
  channel: 'email';
  template: Template;
  /** Whose it is, an account or a guest; empty once it was erased. */
  subject: string;
  order_id: string | null;
  /** What it came to when its event was handled, or its reader was erased. */
  end: 'mailed' | 'suppressed' | 'erased';
  /** Its mail, where there is one. */
  mail_id: string | null;
  created_at: number;
}

/** An address that wants no mail; the address itself stands nowhere. */
export interface SuppressionRow {
  address_hash: string;
  since: number;
}

/** Whoever was erased: a message whose event was under way meanwhile is not written any more. */
export interface ErasedRow {
  subject: string;
  at: number;
}

export interface NotificationsTables {
  message: MessageRow;
  mail: MailRow;
  suppression: SuppressionRow;
  erased: ErasedRow;
}

export const store = sqlStore<NotificationsTables>({ migrations });

/** A query handle on the notifications' store. */
export type Db = HandleOf<typeof store>;
