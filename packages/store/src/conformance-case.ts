import type { Host } from '@portico/host';
import type { Migration } from './migration.ts';
import type { OpenStore } from './open-store.ts';

/** What a driver gives to a case: an empty place for stores, removed afterwards. */
export interface ConformanceSetup {
  readonly host: Host;
  /**
   * Opens the store of that place with this schema; again and again, also while it is open already: those are
   * replicas. The setup closes them all in the end.
   */
  open(migrations: readonly Migration[]): Promise<OpenStore>;
}

/** One thing that every driver does. Throws when this one does not. */
export interface ConformanceCase {
  /** A sentence about behaviour. */
  readonly name: string;
  run(setup: ConformanceSetup): Promise<void>;
}
