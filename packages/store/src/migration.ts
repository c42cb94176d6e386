/** What a migration may do to running code (see the design's table). */
export type MigrationKind = 'expand' | 'backfill' | 'contract';

/** The statements of one engine. */
export interface MigrationScript {
  readonly sqlite: string;
  readonly postgres?: string;
}

/** One numbered change of a store's schema. There is no way down: going back is the previous release on the newer shape. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly kind: MigrationKind;
  /** `contract` only: the oldest schema version whose code can still run afterwards. */
  readonly requires?: number;
  readonly up: MigrationScript;
}
