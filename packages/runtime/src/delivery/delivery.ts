import type { StoreTransaction } from '@portico/store/spi';

/** An event being handled, or a saga's step: what its one transaction has to note, and whether it has. */
export interface Delivery {
  /** What led to whatever the handler publishes; `undefined` for a saga's step, and for several events. */
  readonly eventId: string | undefined;
  /** The one transaction has begun: no other may, and no call after it. */
  begun: boolean;
  /** The note has been committed. */
  settled: boolean;
  /** Notes, in the effect's own transaction, that it was done, and what the effect returned. */
  settle(transaction: StoreTransaction, returned?: unknown): Promise<void>;
}
