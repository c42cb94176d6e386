import type { Outside } from '@portico/testing';
import type { GivenProvider } from '../../systems/shop/services/payments/create-provider.ts';
import {
  BadEvent,
  type Command,
  type Outcome,
  type PaymentProvider,
  type ProviderPayment,
} from '../../systems/shop/services/payments/provider.ts';

/** The token of a card that is declined; any other works. */
export const DECLINED = 'tok_declined';

/** What a provider of payments remembers. It never dies, and does nothing twice under one key. */
export interface ProviderLedger {
  readonly payments: ReadonlyMap<string, ProviderPayment>;
  execute(command: Command, key: string): Outcome;
}

/** An empty ledger. */
export function createLedger(): ProviderLedger {
  const payments = new Map<string, ProviderPayment>();
  const outcomes = new Map<string, Outcome>();
  const change = (reference: string, changes: Partial<ProviderPayment>): Outcome => {
    const payment = { ...empty(reference), ...payments.get(reference), ...changes };
    payments.set(reference, payment);
    return { kind: 'done', payment };
  };
  const perform = (command: Command): Outcome => {
    const { reference } = command;
    const known = payments.get(reference);
    if (command.kind === 'authorize') {
      const { amount, token } = command;
      if (known) throw new Error(`${reference} is authorized a second time.`);
      if (token !== DECLINED)
        return change(reference, { amount, state: 'authorized', wasAuthorized: true });
      change(reference, { amount, state: 'declined', declineReason: 'card_declined' });
      const payment = payments.get(reference);
      return { kind: 'refused', reason: 'card_declined', ...(payment ? { payment } : {}) };
    }
    if (!known) return { kind: 'refused', reason: 'not_found' };
    if (command.kind === 'refund') {
      const { refundId, amount } = command;
      return change(reference, {
        refunds: [...known.refunds, { refundId, amount: amount.amount }],
      });
    }
    if (known.state !== 'authorized')
      return { kind: 'refused', reason: known.state, payment: known };
    if (command.kind === 'void') return change(reference, { state: 'voided' });
    return change(reference, { state: 'captured', capturedAmount: command.amount.amount });
  };
  return {
    payments,
    execute(command, key) {
      const outcome = outcomes.get(key) ?? perform(command);
      outcomes.set(key, outcome);
      return outcome;
    },
  };
}

function empty(reference: string): ProviderPayment {
  return {
    ...{ providerId: `psp_${reference}`, reference, state: 'authorized' },
    ...{ declineReason: undefined, actionUrl: undefined, brand: 'visa', last4: '4242' },
    ...{ amount: { amount: 0, currency: 'EUR' }, wasAuthorized: false, capturedAmount: 0 },
    ...{ refunds: [], disputed: false },
  };
}

/** The way of one process to the provider: slow, and answers get lost. */
export function connectLedger(ledger: ProviderLedger, outside: Outside): GivenProvider {
  const provider: PaymentProvider = {
    name: 'simulated',
    ledgerEntries: [],
    execute: (command, key, signal) =>
      within(
        outside.call(() => ledger.execute(command, key)),
        signal,
      ).catch((problem) => ({ kind: 'unknown', reason: String(problem) })),
    find: ({ reference }, signal) =>
      within(
        outside.call(() => ledger.payments.get(reference)),
        signal,
      ),
    readEvent() {
      throw new BadEvent('This provider sends none.');
    },
    listTransactions: async () => ({ items: [] }),
    clientConfig: () => ({ provider: 'simulated', publishableKey: '', currencies: ['EUR'] }),
  };
  return { provider: 'given', connect: () => provider };
}

function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
