/** Where an order stands as a whole. */
export type OrderState = 'pending' | 'confirmed' | 'completed' | 'failed' | 'cancelled';

/** Where its money stands. Follows payments' state, never leads it. */
export type PaymentAxis =
  | 'none'
  | 'actionRequired'
  | 'authorized'
  | 'paid'
  | 'partlyRefunded'
  | 'refunded'
  | 'voided'
  | 'declined';

/** Where its parcels stand. */
export type FulfilmentState =
  | 'open'
  | 'partlyShipped'
  | 'shipped'
  | 'delivered'
  | 'partlyReturned'
  | 'returned';

/** Why an order failed. */
export type FailureReason =
  | 'OutOfStock'
  | 'PaymentDeclined'
  | 'PaymentExpired'
  | 'ProviderUnavailable'
  | 'ReservationExpired'
  | 'TimedOut';

/** The three axes together. */
export interface Axes {
  readonly state: OrderState;
  readonly payment: PaymentAxis;
  readonly fulfilment: FulfilmentState;
}

/** What a move changes; the rest stays. */
export type Move = Partial<Axes>;

/** A move that an order does not allow: a mistake inside, a declared 409 outside. */
export class InvalidTransition extends Error {
  override readonly name = 'InvalidTransition';
}

type Moves<S extends string> = Readonly<Record<S, readonly S[]>>;

const STATE: Moves<OrderState> = {
  pending: ['confirmed', 'failed', 'cancelled'],
  confirmed: ['completed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

const PAYMENT: Moves<PaymentAxis> = {
  none: ['actionRequired', 'authorized', 'voided', 'declined'],
  actionRequired: ['authorized', 'voided', 'declined'],
  authorized: ['paid', 'voided'],
  paid: ['partlyRefunded', 'refunded'],
  partlyRefunded: ['refunded'],
  refunded: [],
  voided: [],
  declined: [],
};

const FULFILMENT: Moves<FulfilmentState> = {
  open: ['partlyShipped', 'shipped'],
  partlyShipped: ['shipped'],
  shipped: ['delivered'],
  delivered: ['partlyReturned', 'returned'],
  partlyReturned: ['returned'],
  returned: [],
};

const AXES = { state: STATE, payment: PAYMENT, fulfilment: FULFILMENT } as const;

/** What an order is like, as far as moves depend on it. */
export interface Guarded extends Axes {
  readonly total: number;
  readonly cancellationRequested: boolean;
}

/**
 * The axes after `move`. To what is so already is no move.
 * @throws {InvalidTransition} when one of the axes or guards forbids it.
 */
export function moveOrder(order: Guarded, move: Move): Axes {
  const next: Axes = {
    state: move.state ?? order.state,
    payment: move.payment ?? order.payment,
    fulfilment: move.fulfilment ?? order.fulfilment,
  };
  for (const axis of ['state', 'payment', 'fulfilment'] as const) {
    const from = order[axis];
    const to = next[axis];
    const allowed: Readonly<Record<string, readonly string[]>> = AXES[axis];
    if (from !== to && !allowed[from]?.includes(to)) {
      throw new InvalidTransition(`An order's ${axis} does not go from ${from} to ${to}.`);
    }
  }
  const broken = findBroken(order, next);
  if (broken) throw new InvalidTransition(broken);
  return next;
}

/** Whether its pieces may be sent: confirmed, paid or free, and nobody wants it cancelled. */
export function isShippable(order: Guarded): boolean {
  const settled =
    order.total === 0 || order.payment === 'paid' || order.payment === 'partlyRefunded';
  const left = order.fulfilment === 'open' || order.fulfilment === 'partlyShipped';
  return order.state === 'confirmed' && settled && left && !order.cancellationRequested;
}

/** Whether it can still be cancelled: nothing has been sent. */
export function isCancellable(order: Axes): boolean {
  return (order.state === 'pending' || order.state === 'confirmed') && order.fulfilment === 'open';
}

/** Whether nothing is left to be done for it: delivered, and the money taken or none needed. */
export function isComplete(order: Guarded): boolean {
  const settled =
    order.total === 0 || ['paid', 'partlyRefunded', 'refunded'].includes(order.payment);
  const arrived = ['delivered', 'partlyReturned', 'returned'].includes(order.fulfilment);
  return order.state === 'confirmed' && settled && arrived;
}

function findBroken(order: Guarded, next: Axes): string | undefined {
  if (order.total === 0 && next.payment !== 'none') return 'A free order has no payment.';
  if (next.state === 'cancelled' && next.fulfilment !== 'open') {
    return 'What was sent can not be cancelled.';
  }
  if (next.fulfilment !== order.fulfilment) {
    const ships = next.fulfilment === 'partlyShipped' || next.fulfilment === 'shipped';
    if (ships && !isShippable(order)) return 'The order is not ready to be sent.';
  }
  if (next.state === 'confirmed' && order.state === 'pending') {
    const promised = order.total === 0 || next.payment === 'authorized';
    if (!promised) return 'Only what is paid for or free is confirmed.';
    if (order.cancellationRequested) return 'The customer has cancelled.';
  }
  if (next.state === 'completed' && !isComplete({ ...order, ...next, state: 'confirmed' })) {
    return 'The order is not delivered and settled.';
  }
  return undefined;
}
