/** Periodic jobs of the store's service: how often each has run, and when it is due. */
export interface JobTable {
  name: string;
  /** Runs begun. */
  tick: number;
  /** Unix time in ms. */
  due_at: number;
}

/** The tables of jobs. */
export interface JobTables {
  portico_job: JobTable;
}

/**
 * The table of jobs on SQLite, and an index on the sagas that somebody holds: others look for holders that
 * have died.
 */
export const SQLITE_JOB_DDL = `
CREATE TABLE portico_job (
  name TEXT NOT NULL PRIMARY KEY,
  tick INTEGER NOT NULL,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX portico_saga_held ON portico_saga (holder) WHERE holder <> '';
`;
