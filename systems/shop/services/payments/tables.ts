import type { ServiceContext, Transaction } from '@portico/service';
import { type SqlStoreDefinition, sqlStore } from '@portico/store';
import type { Generated, Kysely, Selectable } from 'kysely';
import type { Payments } from '../../contracts/payments.ts';
import type { Currency } from '../../money.ts';
import type { PaymentsConfig } from './config.ts';
import { migrations } from './migrations.ts';
import type { DeclineReason, PaymentRowState } from './payment-states.ts';
import type { LedgerEntry, ProviderState } from './provider.ts';

/** What payments owns. Amounts are minor units, times Unix ms. */
export interface PaymentsTables {
  payment: {
    payment_id: string;
    order_id: string;
    provider: string;
    /** The provider's own id; null until it is known. */
    provider_id: string | null;
    /** What we have decided or learnt; only moves forward. */
    state: PaymentRowState;
    /** What the provider said last; null while it was never found there. */
    provider_state: ProviderState | null;
    amount: number;
    currency: Currency;
    token: string | null;
    return_url: string | null;
    brand: string | null;
    last_four: string | null;
    decline_reason: DeclineReason | null;
    action_url: string | null;
    action_expires_at: number | null;
    /** 1 once we have decided to take the money: from then on it can't be voided. */
    capture_requested: number;
    captured: number;
    refunded: number;
    /** When the provider is to be asked again; null when nothing is open. */
    ask_at: number | null;
    asked: number;
    created_at: number;
    updated_at: number;
  };
  refund: {
    refund_id: string;
    payment_id: string;
    amount: number;
    state: 'sent' | 'refunded' | 'refused';
    created_at: number;
  };
  ledger: {
    seq: Generated<number>;
    payment_id: string;
    entry: LedgerEntry;
    /** The refund's id, else the payment's: what the provider's ledger calls it too. */
    reference: string;
    amount: number;
    currency: Currency;
    at: number;
  };
  provider_event: {
    provider: string;
    event_id: string;
    type: string;
    /** Null when it fits no payment of ours. */
    payment_id: string | null;
    at: number;
  };
  reconciliation: { date: string; result: string; at: number };
}

/** The store of payments. */
export const store: SqlStoreDefinition<PaymentsTables> = sqlStore<PaymentsTables>({ migrations });

/** Queries on payments' own data. */
export type PaymentsDb = Kysely<PaymentsTables>;

/** A transaction on payments' own data. */
export type PaymentsTransaction = Transaction<typeof store, (typeof Payments)['events']>;

/** A payment as it is stored. */
export type PaymentRow = Selectable<PaymentsTables['payment']>;

/** What handlers and jobs of payments share. */
export type PaymentsContext = Pick<
  ServiceContext<typeof Payments, Record<never, never>, typeof store, PaymentsConfig, false>,
  'store' | 'transaction' | 'config' | 'clock' | 'timers' | 'signal' | 'remainingMs' | 'log'
>;
