import type { ServiceContext } from '@portico/service';
import * as z from 'zod';
import { Identity } from '../../contracts/identity.ts';
import type { Notifications } from '../../contracts/notifications.ts';
import { Orders } from '../../contracts/orders.ts';
import { SmtpConfig } from '../../mail/smtp-config.ts';
import type { store } from './tables.ts';

/** The APIs that notifications call: whom to write to. */
export const uses = { identity: Identity, orders: Orders } as const;

/** What an operator may set of notifications. */
export const config = z
  .object({
    /** Who takes mail; without it, mail stays in the mailbox that `shop mailbox` shows. */
    smtp: SmtpConfig.optional(),
  })
  .prefault({});

/** What notifications' modules need of a handler's context. */
export type NotificationsContext = ServiceContext<
  typeof Notifications,
  typeof uses,
  typeof store,
  z.infer<typeof config>,
  boolean
>;
