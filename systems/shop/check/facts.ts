import type { OutputOf } from '@portico/contract';
import type { Cart } from '../contracts/cart.ts';
import type { Inventory } from '../contracts/inventory.ts';
import type { Orders } from '../contracts/orders.ts';
import type { Payments } from '../contracts/payments.ts';
import type { Money } from '../money.ts';

type FactOf<O> = OutputOf<O> extends { items: (infer Fact)[] } ? Fact : never;
type Kind<Fact, Name> = Extract<Fact, { kind: Name }>;

type OfOrders = FactOf<(typeof Orders)['operations']['exportFacts']>;
type OfInventory = FactOf<(typeof Inventory)['operations']['exportFacts']>;
type OfPayments = FactOf<(typeof Payments)['operations']['exportFacts']>;
type OfCart = FactOf<(typeof Cart)['operations']['exportFacts']>;

export type OrderFact = Kind<OfOrders, 'order'>;
export type ReturnFact = Kind<OfOrders, 'return'>;
export type RefundFact = Kind<OfOrders, 'refund'>;
export type SagaFact = Kind<OfOrders, 'saga'>;
export type StockFact = Kind<OfInventory, 'stock'>;
export type ReservationFact = Kind<OfInventory, 'reservation'>;
export type MovementFact = Kind<OfInventory, 'movement'>;
export type PaymentFact = Kind<OfPayments, 'payment'>;
export type LedgerFact = Kind<OfPayments, 'ledger'>;
export type UnmatchedFact = Kind<OfPayments, 'unmatchedEvent'>;
export type ClosureFact = Kind<OfCart, 'closure'>;

/** A line of the payment provider's own ledger. */
export interface ProviderEntry {
  /** The provider's id of the payment. */
  readonly payment: string;
  /** Our id: of the refund for refunds, else of the payment. */
  readonly reference: string;
  readonly entry: string;
  readonly amount: Money;
}

/** An event that waits or was given up. */
export interface EventAside {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
}

/** The event logs of services, and how far others have heard them. */
export interface EventFacts {
  readonly logs: readonly {
    readonly service: string;
    /** The position of the newest event. */
    readonly head: number;
    readonly events: number;
    /** Whether old events were taken off. */
    readonly trimmed: boolean;
    /** Topic → the position of its newest event. */
    readonly newest: Readonly<Record<string, number>>;
  }[];
  readonly cursors: readonly {
    readonly consumer: string;
    readonly producer: string;
    readonly pos: number;
  }[];
  /** How many events of a topic there are about a thing, for the topics that tell state changes. */
  readonly counts: readonly {
    readonly topic: string;
    readonly key: string;
    readonly count: number;
  }[];
  readonly parked: readonly EventAside[];
  readonly deadLetters: readonly EventAside[];
}

/** Something of an erased person. */
export interface Trace {
  /** The person, or the thing that the person had. */
  readonly subject: string;
  /** `service.table.column`, or a file. */
  readonly place: string;
  /** What was found; never the value itself. */
  readonly what: string;
}

/** What a search for erased people came to. */
export interface TraceFacts {
  /** Who were erased. */
  readonly people: number;
  /** Who asked for it, and are not erased yet: an order of theirs is open, or a token. */
  readonly underWay: number;
  /** Columns and files searched. */
  readonly places: number;
  /** Names, addresses and numbers that were looked for, beside ids. */
  readonly values: number;
  readonly found: readonly Trace[];
}

/**
 * What a shop says of itself, and its payment provider of it: all that the invariants are checked on. Read
 * from the stores or through the APIs, it is the same.
 */
export interface ShopFacts {
  /** Unix ms. */
  readonly takenAt: number;
  readonly orders: readonly OrderFact[];
  readonly returns: readonly ReturnFact[];
  readonly refunds: readonly RefundFact[];
  readonly sagas: readonly SagaFact[];
  readonly stock: readonly StockFact[];
  readonly reservations: readonly ReservationFact[];
  readonly movements: readonly MovementFact[];
  readonly payments: readonly PaymentFact[];
  readonly ledger: readonly LedgerFact[];
  readonly unmatched: readonly UnmatchedFact[];
  readonly closures: readonly ClosureFact[];
  readonly provider: readonly ProviderEntry[];
  /** Only the stores tell it. */
  readonly events?: EventFacts;
  /** Only the stores tell it, too. */
  readonly traces?: TraceFacts;
}

/** Where facts come from. */
export interface FactSource {
  /** As people call it: a directory or an address. */
  readonly name: string;
  read(): Promise<ShopFacts>;
  /** Searches for erased people, once the shop is at rest: it takes longer than reading. */
  findErased?(): TraceFacts;
}

/** Any fact of the services that the invariants need. */
export type AnyFact = OfOrders | OfInventory | OfPayments | OfCart;

/** Puts the facts of all services, in any order, where the invariants look for them. */
export function sortFacts(
  facts: readonly AnyFact[],
  rest: Pick<ShopFacts, 'takenAt' | 'provider' | 'events'>,
): ShopFacts {
  const of = <Name extends AnyFact['kind']>(kind: Name) =>
    facts.filter((fact): fact is Extract<AnyFact, { kind: Name }> => fact.kind === kind);
  return {
    ...rest,
    orders: of('order'),
    returns: of('return'),
    refunds: of('refund'),
    sagas: of('saga'),
    stock: of('stock'),
    reservations: of('reservation'),
    movements: of('movement'),
    payments: of('payment'),
    ledger: of('ledger'),
    unmatched: of('unmatchedEvent'),
    closures: of('closure'),
  };
}
