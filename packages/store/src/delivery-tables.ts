/** Where a consumer stands in a producer's log; one row per generation, moved only by compare-and-set. */
export interface CursorTable {
  consumer: string;
  producer: string;
  generation: number;
  /** Which log `pos` counts in; empty until the producer has answered for the first time. */
  log_id: string;
  pos: number;
  /** `serving` runs all handlers; `replaying` only those declared so, until it has caught up. */
  role: 'serving' | 'replaying';
  /** Replays: events up to this position, or published before this time (Unix, ms), are passed by. */
  start_pos: number;
  start_at: number;
  /** Unix time in ms. */
  moved_at: number;
}

/** The batch that a puller is handling. Found by another one, it says that somebody died with it. */
export interface BatchTable {
  consumer: string;
  producer: string;
  generation: number;
  holder: string;
  last_pos: number;
  /** The event whose runs are counted, once that is needed. */
  attempt_pos: number;
  attempts: number;
  at: number;
}

/** Events of blocked keys, in the order of `pos` within a key. */
export interface ParkedTable {
  consumer: string;
  producer: string;
  generation: number;
  pos: number;
  id: string;
  topic: string;
  key: string;
  /** What calls made by the handler derive their keys from; stays the same whatever the event goes through. */
  run_key: string;
  envelope: string;
  /** When it was published; Unix time in ms. */
  at: number;
  /** Runs that ended in an error. */
  attempts: number;
  /** Runs begun since the last that ended: the process died with them. */
  deaths: number;
  /** When it is due; null while it waits behind another of its key. Unix time in ms. */
  next_at: number | null;
}

/** Events that were given up, until an operator decides. */
export interface DeadLetterTable {
  letter: string;
  consumer: string;
  producer: string;
  generation: number;
  pos: number;
  id: string;
  topic: string;
  key: string;
  run_key: string;
  envelope: string;
  at: number;
  attempts: number;
  reason: 'failed' | 'died' | 'invalid' | 'rejected';
  error: string;
  stack: string;
  release: string;
  /** 1: the key waits for the operator; 0: it went on without this event. */
  blocks: number;
  died_at: number;
}

/** Who does what only one replica should do at a time. */
export interface LeaseTable {
  name: string;
  /** Empty while nobody holds it. */
  holder: string;
  /** Raised by each claim. */
  fence: number;
  /** By the holder's clock, Unix time in ms. Others look only whether it changes. */
  until: number;
}

/** How far each consumer of this store's log is, as far as the log must be kept for it. */
export interface SubscriberTable {
  consumer: string;
  pos: number;
  /** When it was heard of. Unix time in ms. */
  seen_at: number;
}

/** The tables of event delivery. */
export interface DeliveryTables {
  portico_cursor: CursorTable;
  portico_batch: BatchTable;
  portico_parked: ParkedTable;
  portico_dead_letter: DeadLetterTable;
  portico_lease: LeaseTable;
  portico_subscriber: SubscriberTable;
}

/** The tables of event delivery on SQLite. */
export const SQLITE_DELIVERY_DDL = `
CREATE TABLE portico_cursor (
  consumer TEXT NOT NULL,
  producer TEXT NOT NULL,
  generation INTEGER NOT NULL,
  log_id TEXT NOT NULL,
  pos INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('serving', 'replaying')),
  start_pos INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  moved_at INTEGER NOT NULL,
  PRIMARY KEY (consumer, producer, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE portico_batch (
  consumer TEXT NOT NULL,
  producer TEXT NOT NULL,
  generation INTEGER NOT NULL,
  holder TEXT NOT NULL,
  last_pos INTEGER NOT NULL,
  attempt_pos INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (consumer, producer, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE portico_parked (
  consumer TEXT NOT NULL,
  producer TEXT NOT NULL,
  generation INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  run_key TEXT NOT NULL,
  envelope TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  deaths INTEGER NOT NULL,
  next_at INTEGER,
  PRIMARY KEY (consumer, producer, generation, pos)
) STRICT;
CREATE INDEX portico_parked_key ON portico_parked (consumer, producer, generation, key, pos);
CREATE INDEX portico_parked_due ON portico_parked (consumer, producer, generation, next_at)
  WHERE next_at IS NOT NULL;
CREATE TABLE portico_dead_letter (
  letter TEXT NOT NULL PRIMARY KEY,
  consumer TEXT NOT NULL,
  producer TEXT NOT NULL,
  generation INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  run_key TEXT NOT NULL,
  envelope TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('failed', 'died', 'invalid', 'rejected')),
  error TEXT NOT NULL,
  stack TEXT NOT NULL,
  release TEXT NOT NULL,
  blocks INTEGER NOT NULL CHECK (blocks IN (0, 1)),
  died_at INTEGER NOT NULL
) STRICT;
CREATE INDEX portico_dead_letter_key ON portico_dead_letter (consumer, producer, generation, key);
CREATE TABLE portico_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  fence INTEGER NOT NULL DEFAULT 1,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE portico_subscriber (
  consumer TEXT NOT NULL PRIMARY KEY,
  pos INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
