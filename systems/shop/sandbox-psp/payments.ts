import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Behaviour } from './cards.ts';
import { Problem } from './problem.ts';

/** Where a payment stands. Refunds leave it `captured` and raise `refunded`. */
export type PaymentState = 'actionRequired' | 'authorized' | 'declined' | 'captured' | 'voided';

/** A payment as the API shows it. Amounts are minor units. */
export interface Payment {
  readonly id: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly state: PaymentState;
  readonly declineReason: string | null;
  readonly captured: number;
  readonly refunded: number;
  readonly card: { readonly brand: string; readonly last4: string };
  readonly challenge: string | null;
  readonly returnUrl: string | null;
  /** Unix time in ms. */
  readonly createdAt: number;
}

/** What is told to the shop after the transaction that changed something. */
export interface Notice {
  readonly type: string;
  readonly payment: Payment;
}

/** What an authorization asks for. */
export interface AuthorizeRequest {
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly returnUrl: string | null;
  /** What Stripe's face keeps beside it. */
  readonly metadata?: Metadata;
}

/** Names and values that a shop keeps beside a payment or a refund. */
export type Metadata = Readonly<Record<string, string>>;

/** A row of the table of payments. */
export interface Row extends Record<string, unknown> {
  id: string;
  state: PaymentState;
  amount: number;
  currency: string;
  captured: number;
  refunded: number;
  behaviour: Behaviour;
}

/** Behaviours that end a charge at once, with the reason the API names. */
const DECLINES: Partial<Record<Behaviour, string>> = {
  declined: 'card_declined',
  insufficientFunds: 'insufficient_funds',
  expired: 'expired_card',
  wrongCvc: 'incorrect_cvc',
  processingError: 'processing_error',
};

/**
 * Money and its ledger. Each function changes both, and must run inside a transaction; `notify` gets
 * what the shop is to hear of it.
 */
export function createPayments(
  database: DatabaseSync,
  now: () => number,
  notify: (notice: Notice) => void,
) {
  const record = (
    kind: string,
    payment: Row,
    { amount = payment.amount, reference = String(payment.reference) } = {},
  ): string => {
    const id = `txn_${randomUUID()}`;
    database
      .prepare(
        `INSERT INTO ledger (id, at, kind, payment, reference, amount, currency)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, now(), kind, payment.id, reference, amount, payment.currency);
    return id;
  };
  const keepMetadata = (owner: string, metadata: Metadata | undefined): void => {
    if (!metadata) return;
    database
      .prepare('INSERT INTO stripe_metadata (owner, metadata) VALUES (?, ?)')
      .run(owner, JSON.stringify(metadata));
  };
  const load = (id: string): Row => {
    const row = database.prepare('SELECT * FROM payment WHERE id = ?').get(id) as Row | undefined;
    if (!row) throw new Problem(404, 'payment_unknown', `There is no payment ${id}.`);
    return row;
  };
  const announce = (id: string, type: string): Payment => {
    const payment = toPayment(load(id));
    notify({ type, payment });
    return payment;
  };
  const decline = (row: Row, reason: string): Payment => {
    database
      .prepare(`UPDATE payment SET state = 'declined', decline_reason = ? WHERE id = ?`)
      .run(reason, row.id);
    record('declined', row);
    return announce(row.id, 'payment.declined');
  };
  const approve = (row: Row): Payment => {
    database.prepare(`UPDATE payment SET state = 'authorized' WHERE id = ?`).run(row.id);
    record('authorized', row);
    return announce(row.id, 'payment.authorized');
  };

  return {
    get: (id: string): Payment => toPayment(load(id)),

    find(reference: string): Payment[] {
      const rows = database.prepare('SELECT * FROM payment WHERE reference = ?').all(reference);
      return rows.map((row) => toPayment(row as Row));
    },

    findChallenge(challenge: string): Payment | undefined {
      const row = database.prepare('SELECT * FROM payment WHERE challenge = ?').get(challenge);
      return row && toPayment(row as Row);
    },

    /** The last digits of the card behind a payment, or a token that has none yet. */
    last4Of({ id, reference, token }: { id?: string; reference?: string; token?: string }) {
      const row =
        database
          .prepare('SELECT last4 FROM payment WHERE id = ? OR reference = ?')
          .get(id ?? '', reference ?? '') ??
        database.prepare('SELECT last4 FROM token WHERE token = ?').get(token ?? '');
      return row && String(row.last4);
    },

    /** `forcedReason` declines whatever the card would do. */
    authorize(request: AuthorizeRequest, forcedReason?: string): Payment {
      const token = useToken(database, request);
      const id = `pay_${randomUUID()}`;
      const challenge = token.behaviour === 'challenge' ? randomUUID() : null;
      database
        .prepare(
          `INSERT INTO payment (id, reference, amount, currency, state, challenge, return_url, brand,
             last4, behaviour, created_at) VALUES (?, ?, ?, ?, 'actionRequired', ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          request.reference,
          request.amount,
          request.currency,
          challenge,
          request.returnUrl,
          token.brand,
          token.last4,
          token.behaviour,
          now(),
        );
      keepMetadata(id, request.metadata);
      const row = load(id);
      const reason = forcedReason ?? DECLINES[row.behaviour];
      if (reason) return decline(row, reason);
      if (challenge) return announce(id, 'payment.action_required');
      return approve(row);
    },

    /** The customer's answer to 3-D Secure. A payment that no longer waits for it stays as it is. */
    answerChallenge(challenge: string, approved: boolean): Payment {
      const row = database.prepare('SELECT * FROM payment WHERE challenge = ?').get(challenge);
      if (!row) throw new Problem(404, 'challenge_unknown', 'There is nothing to confirm here.');
      const payment = row as Row;
      if (payment.state !== 'actionRequired') return toPayment(payment);
      return approved ? approve(payment) : decline(payment, 'authentication_failed');
    },

    capture(id: string, amount: number): Payment {
      const row = load(id);
      if (row.state !== 'authorized') throw refusedFor(row, 'captured');
      if (amount !== row.amount) {
        throw new Problem(400, 'amount_mismatch', `Only the whole ${row.amount} can be captured.`);
      }
      database
        .prepare(`UPDATE payment SET state = 'captured', captured = ? WHERE id = ?`)
        .run(amount, id);
      record('captured', row);
      const payment = announce(id, 'payment.captured');
      if (row.behaviour === 'disputed') {
        record('disputed', row);
        announce(id, 'payment.disputed');
      }
      return payment;
    },

    void(id: string): Payment {
      const row = load(id);
      if (row.state === 'voided') return toPayment(row);
      if (row.state !== 'authorized' && row.state !== 'actionRequired') {
        throw refusedFor(row, 'voided');
      }
      database.prepare(`UPDATE payment SET state = 'voided' WHERE id = ?`).run(id);
      record('voided', row);
      return announce(id, 'payment.voided');
    },

    refund(
      id: string,
      { amount, reference, metadata }: { amount: number; reference: string; metadata?: Metadata },
    ): Payment {
      const row = load(id);
      if (row.state !== 'captured') throw refusedFor(row, 'refunded');
      if (amount < 1 || row.refunded + amount > row.captured) {
        const left = row.captured - row.refunded;
        throw new Problem(409, 'refund_too_large', `${left} are left to refund.`);
      }
      database.prepare('UPDATE payment SET refunded = refunded + ? WHERE id = ?').run(amount, id);
      keepMetadata(record('refunded', row, { amount, reference }), metadata);
      return announce(id, 'payment.refunded');
    },
  };
}

function useToken(database: DatabaseSync, request: AuthorizeRequest) {
  if (database.prepare('SELECT 1 FROM payment WHERE reference = ?').get(request.reference)) {
    throw new Problem(409, 'reference_used', `${request.reference} has a payment already.`);
  }
  const claimed = database
    .prepare('UPDATE token SET used_by = ? WHERE token = ? AND used_by IS NULL RETURNING *')
    .get(request.reference, request.token);
  if (!claimed) {
    throw new Problem(400, 'token_invalid', 'The card token is unknown or was used before.');
  }
  return claimed as { brand: string; last4: string; behaviour: Behaviour };
}

function refusedFor(row: Row, what: string): Problem {
  return new Problem(409, 'state_conflict', `A payment that is ${row.state} can't be ${what}.`);
}

/** The payment of a row of the table. */
export function toPayment(row: Row): Payment {
  return {
    id: row.id,
    reference: String(row.reference),
    amount: row.amount,
    currency: row.currency,
    state: row.state,
    declineReason: row.decline_reason as string | null,
    captured: row.captured,
    refunded: row.refunded,
    card: { brand: String(row.brand), last4: String(row.last4) },
    challenge: row.challenge as string | null,
    returnUrl: row.return_url as string | null,
    createdAt: Number(row.created_at),
  };
}

/** The payments of one sandbox. */
export type Payments = ReturnType<typeof createPayments>;
