import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { OpenStore } from './open-store.ts';
import type { SqlStoreDefinition } from './sql-store.ts';

/** What a driver needs to open the store of one service. */
export interface StoreLocation {
  /** The owner; opening a store as somebody else is refused. */
  readonly service: string;
  /** Below it each service has a directory of its own: `.portico/data`. */
  readonly dataDirectory: string;
  readonly host: Host;
  readonly log: Logger;
}

/** One engine that stores can live on. */
export interface StoreDriver {
  readonly engine: string;
  /**
   * Opens the store, made on first use, and applies the migrations that are missing.
   * @throws {Error} naming the service, the file and the reason: another owner, an edited migration, a
   * schema outside of this code's window.
   */
  open(definition: SqlStoreDefinition<never>, location: StoreLocation): Promise<OpenStore>;
}
