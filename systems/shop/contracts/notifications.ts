import { api, operation } from '@portico/contract';
import * as z from 'zod';
import {
  Email,
  Erasure,
  exportFacts,
  Instant,
  MessageId,
  OrderId,
  pageInput,
  pageOf,
  subjectInput,
} from './common.ts';

/** One per event that somebody is told of. */
export const MessageTemplate = z
  .enum([
    'orderConfirmed',
    'orderFailed',
    'orderCancelled',
    'orderShipped',
    'orderDelivered',
    'orderReturned',
    'orderRefunded',
    'emailVerified',
  ])
  .meta({ id: 'MessageTemplate', title: 'What a message says' });

const Channel = z.enum(['email']).meta({ id: 'Channel', title: 'How a message reaches somebody' });

export const MessageState = z.enum(['pending', 'sent', 'failed', 'suppressed', 'erased']).meta({
  id: 'MessageState',
  title: 'State of a message',
  description:
    '`failed`: the mail server refused it for good, or did not answer for a day. `suppressed`: its ' +
    'address wants no mail. `erased`: its reader was erased, before or after it was sent.',
});

const message = {
  messageId: MessageId,
  template: MessageTemplate,
  channel: Channel,
  state: MessageState,
  orderId: OrderId.optional(),
  createdAt: Instant,
  sentAt: Instant.optional(),
};

export const MessageView = z
  .object({
    ...message,
    recipient: Email.optional(),
    attempts: z.int().min(0).meta({ description: 'How often a mail server was asked to take it.' }),
  })
  .meta({ id: 'Message', title: 'Message' });

/** What notifications hold of one person, for their own export. */
export const MessageExport = z
  .object({
    ...message,
    recipient: Email.optional(),
    title: z.string().max(300).optional(),
    text: z.string().max(10_000).optional(),
  })
  .meta({ id: 'MessageExport', title: 'A message, in an export' });

const NotificationFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('message'),
        messageId: z.string(),
        eventId: z.string(),
        template: MessageTemplate,
        channel: Channel,
        state: MessageState,
        orderId: z.string().optional(),
      })
      .meta({ id: 'MessageFact' }),
    z
      .object({ kind: z.literal('suppressions'), count: z.int().min(0) })
      .meta({ id: 'SuppressionCount' }),
  ])
  .meta({ id: 'NotificationFact', title: 'Fact of notifications' });

const staff = { exposure: 'partner', access: 'notifications:manage', owner: 'shared' } as const;

/** Messages to customers: one per event and channel, never to an address that wants none. */
export const Notifications = api('notifications', {
  version: '1.0.0',
  summary: 'Messages to customers about their orders and accounts.',
  operations: {
    listMessages: operation({
      ...staff,
      summary: 'Messages, newest first.',
      effect: 'safe',
      http: 'GET /messages',
      input: z.object({
        orderId: OrderId.optional(),
        state: MessageState.optional(),
        template: MessageTemplate.optional(),
        ...pageInput,
      }),
      output: pageOf(MessageView),
    }),
    setSuppression: operation({
      ...staff,
      summary: 'Send nothing to an address any more, or again.',
      description:
        'The list keeps a hash of the address, so it goes on holding when its owner is erased. ' +
        'Mails of identity, which their reader asks for, are not held back.',
      effect: 'idempotent',
      http: 'PUT /suppressions',
      input: z.object({ email: Email, suppressed: z.boolean() }),
      output: z.object({ suppressed: z.boolean(), since: Instant.optional() }),
    }),
    exportSubject: operation({
      summary: "One person's messages, newest first.",
      effect: 'safe',
      input: subjectInput,
      output: z.object({ messages: z.array(MessageExport).max(1_000) }),
    }),
    eraseSubject: operation({
      summary: "Purge one person's messages, and send none any more.",
      description:
        'Also those about orders that the person placed as a guest before: orders must still know ' +
        'whose they are, so they are anonymized after this.',
      effect: 'idempotent',
      input: subjectInput,
      output: Erasure,
    }),
    exportFacts: exportFacts(NotificationFact, 'messages by event, channel and state'),
  },
});
