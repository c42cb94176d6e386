import type { StoreTransaction } from '@portico/store/spi';

/** An event being handled: what its one transaction has to note, and whether it has. */
export interface Delivery {
  /** What led to whatever the handler publishes. */
  readonly eventId: string;
  /** The one transaction has begun: no other may, and no call after it. */
  begun: boolean;
  /** The note has been committed. */
  settled: boolean;
  /** Notes, in the effect's own transaction, that the event was handled. */
  settle(transaction: StoreTransaction): Promise<void>;
}
