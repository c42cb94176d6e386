import type { Generated } from 'kysely';

/** Sagas of the store's service: where each stands. */
export interface SagaTable {
  /** The order of their start. */
  seq: Generated<number>;
  id: string;
  type: string;
  version: number;
  state: 'running' | 'compensating' | 'done' | 'undone' | 'resolved';
  /** The step to be done, or to be undone; empty when all is undone. */
  step: string;
  /** 1 once the pivot has passed: only forward. */
  pivoted: number;
  data: string;
  /** Why it turned back, as JSON. */
  reason: string | null;
  /** What somebody gave it up for, as JSON, until its holder has seen it. */
  abort: string | null;
  /** Sagas of one queue run one after the other. */
  queue: string | null;
  /** W3C `traceparent` of whoever started it. */
  trace: string | null;
  /** When it turns back unless its pivot has passed. Unix time in ms, like all times here. */
  deadline: number;
  /** When there is something to do; null when it has ended, or waits for an operator or to be woken. */
  next_at: number | null;
  /** Empty while nobody holds it. */
  holder: string;
  /** By the holder's clock. Others look only whether it changes. */
  lease_until: number;
  /** Raised by each claim; whoever holds an older one changes nothing any more. */
  fence: number;
  /** Attempts at the present step, in the present direction. */
  attempts: number;
  /** Attempts in a row that nobody knows the outcome of. */
  failures: number;
  /** When the first of these began; null when there are none. */
  trouble_at: number | null;
  stuck: number;
  /** How often it was woken: an attempt under way meanwhile may not have seen why. */
  wakes: number;
  started_at: number;
  /** When the present step was begun for the first time. */
  step_at: number | null;
  ended_at: number | null;
}

/** What was done for a saga: an attempt at a step, or what an operator did. */
export interface SagaStepTable {
  seq: Generated<number>;
  saga: string;
  step: string;
  direction: 'do' | 'undo' | 'operator';
  attempt: number;
  status: string;
  /** What the keys of its calls begin with; who, where it was an operator. */
  key: string;
  /** What came of it, as JSON: changes of the data, or why not. */
  result: string | null;
  at: number;
  ended_at: number | null;
}

/** The tables of sagas. */
export interface SagaTables {
  portico_saga: SagaTable;
  portico_saga_step: SagaStepTable;
}

/** The tables of sagas on SQLite. */
export const SQLITE_SAGA_DDL = `
CREATE TABLE portico_saga (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'compensating', 'done', 'undone', 'resolved')),
  step TEXT NOT NULL,
  pivoted INTEGER NOT NULL CHECK (pivoted IN (0, 1)),
  data TEXT NOT NULL,
  reason TEXT,
  abort TEXT,
  queue TEXT,
  trace TEXT,
  deadline INTEGER NOT NULL,
  next_at INTEGER,
  holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  trouble_at INTEGER,
  stuck INTEGER NOT NULL CHECK (stuck IN (0, 1)),
  wakes INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  step_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX portico_saga_due ON portico_saga (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX portico_saga_live ON portico_saga (type, version, step) WHERE ended_at IS NULL;
CREATE INDEX portico_saga_queue ON portico_saga (queue, seq)
  WHERE queue IS NOT NULL AND ended_at IS NULL;
CREATE INDEX portico_saga_ended ON portico_saga (ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE portico_saga_step (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  saga TEXT NOT NULL,
  step TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('do', 'undo', 'operator')),
  attempt INTEGER NOT NULL,
  status TEXT NOT NULL,
  key TEXT NOT NULL,
  result TEXT,
  at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (saga, step, direction, attempt)
) STRICT;
`;
