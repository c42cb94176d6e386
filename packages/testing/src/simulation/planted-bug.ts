import type { DatabaseSync } from 'node:sqlite';
import type { Host } from '@portico/host';
import type { OpenStore } from '@portico/store/spi';

/**
 * A mistake made on purpose, at one of the seams: a check that does not find it is worth nothing. For
 * tests of tests.
 */
export interface PlantedBug {
  readonly name: string;
  /** A connection that does not do what SQLite does. */
  readonly database?: (database: DatabaseSync) => DatabaseSync;
  /** A store that does not keep the promises of `OpenStore`. */
  readonly store?: (store: OpenStore, host: Host) => OpenStore;
  /** A way of calling that the platform should not have: another input, another key. */
  readonly call?: (call: PlantedCall) => PlantedCall;
}

/** A call as it is made. */
export interface PlantedCall {
  readonly operation: string;
  readonly input: unknown;
  readonly key: string | undefined;
  readonly undoes: string | undefined;
}
