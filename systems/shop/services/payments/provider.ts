import type { Currency, Money } from '../../money.ts';

/** Reserve the amount on the card. `reference` is our payment's id. */
export interface Authorize {
  readonly kind: 'authorize';
  readonly reference: string;
  readonly amount: Money;
  readonly token: string;
  /** Where 3-D Secure sends the customer afterwards. */
  readonly returnUrl: string | undefined;
}

/** Take the whole authorized amount. */
export interface Capture {
  readonly kind: 'capture';
  readonly reference: string;
  readonly providerId: string;
  readonly amount: Money;
}

/** Give up an authorization. */
export interface Void {
  readonly kind: 'void';
  readonly reference: string;
  readonly providerId: string;
}

/** Return a part of what was captured. */
export interface Refund {
  readonly kind: 'refund';
  readonly reference: string;
  readonly providerId: string;
  readonly refundId: string;
  readonly amount: Money;
}

/** What a provider can be told to do. */
export type Command = Authorize | Capture | Void | Refund;

/** What a ledger knows of. */
export type LedgerEntry = 'authorized' | 'captured' | 'voided' | 'refunded' | 'disputed';

/** Where a provider says that a payment stands. */
export type ProviderState = 'actionRequired' | 'authorized' | 'declined' | 'captured' | 'voided';

/** A payment as its provider keeps it. */
export interface ProviderPayment {
  readonly providerId: string;
  readonly reference: string;
  readonly state: ProviderState;
  readonly declineReason: string | undefined;
  /** The page of 3-D Secure, while the customer is needed. */
  readonly actionUrl: string | undefined;
  readonly brand: string | undefined;
  readonly last4: string | undefined;
  readonly amount: Money;
  /** Whether the amount was ever set aside; also of a payment that was let go since. */
  readonly wasAuthorized: boolean;
  readonly capturedAmount: number;
  readonly refunds: readonly { readonly refundId: string; readonly amount: number }[];
  /** Whether the card holder disputes it. */
  readonly disputed: boolean;
}

/**
 * How a command ended. `refused`: final, the provider said no. `notExecuted`: certainly nothing
 * happened, the same key may be tried again. `unknown`: ask `find`, then the same key; never a new one.
 */
export type Outcome =
  | { readonly kind: 'done'; readonly payment: ProviderPayment }
  | { readonly kind: 'refused'; readonly reason: string; readonly payment?: ProviderPayment }
  | { readonly kind: 'notExecuted'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A payment that is looked for, by what is known of it. */
export interface Sought {
  readonly reference: string;
  /** The provider's own id, once an answer or an event has named it. */
  readonly providerId: string | undefined;
  /**
   * The authorization that may have been lost on its way, as long as it is still wanted. An adapter
   * whose provider can't be searched at once repeats it: under the same key it is never done twice.
   */
  readonly wanted: { readonly command: Authorize; readonly key: string } | undefined;
}

/** A hint that something changed. Only `find` says what. */
export interface ProviderEvent {
  readonly id: string;
  readonly type: string;
  /** Our payment's id; absent when the event fits no payment of ours. */
  readonly reference: string | undefined;
  /** The provider's id of the payment, if the event names it. */
  readonly providerId: string | undefined;
}

/** One line of the provider's own ledger. */
export interface ProviderTransaction {
  readonly id: string;
  readonly kind: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: Currency;
  /** Unix time in ms. */
  readonly at: number;
}

/** What a page needs to turn a card into a token. Nothing secret. */
export interface ClientConfig {
  readonly provider: string;
  readonly publishableKey: string;
  /** Where the page sends the card; absent when the provider has a script of its own for that. */
  readonly tokenUrl?: string;
  readonly currencies: readonly Currency[];
}

/** A forged, old or damaged event. */
export class BadEvent extends Error {
  override readonly name = 'BadEvent';
}

/**
 * A payment service provider. Adapters never retry, hold no state and know nothing of our store;
 * the keys of commands are fixed before their first attempt.
 */
export interface PaymentProvider {
  readonly name: string;
  /** The lines of a ledger that `listTransactions` can tell; only they are reconciled. */
  readonly ledgerEntries: readonly LedgerEntry[];
  execute(command: Command, key: string, signal: AbortSignal): Promise<Outcome>;
  /** The payment with our `reference`, refunds included. @throws when the provider can't be asked. */
  find(sought: Sought, signal: AbortSignal): Promise<ProviderPayment | undefined>;
  /** Checks signature and age over the bytes. `header` reads by lower-case name. @throws {BadEvent} */
  readEvent(payload: Uint8Array, header: (name: string) => string | undefined): ProviderEvent;
  /** Lines of the provider's ledger from `from` until before `to` (Unix time in ms), each once. */
  listTransactions(
    range: { readonly from: number; readonly to: number; readonly cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<{
    readonly items: readonly ProviderTransaction[];
    readonly next?: string | undefined;
  }>;
  clientConfig(): ClientConfig;
}

/** Whether `problem`, thrown by `fetch`, says that no connection was made, so that nothing was sent. */
export function isNeverSent(problem: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
  return codes.includes(codeOf(problem) ?? '');
}

/** Why a request failed, for the log: the system's code where there is one. */
export function reasonOf(problem: unknown): string {
  return codeOf(problem) ?? String(problem);
}

function codeOf(problem: unknown): string | undefined {
  const cause = problem instanceof Error ? problem.cause : undefined;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
