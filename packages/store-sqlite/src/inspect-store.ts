import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a store has, for somebody who decides about it and does not use it. */
export interface StoreFacts {
  /** Its newest migration; 0 of a store that was never opened. */
  readonly version: number;
  /** The oldest code that it serves. */
  readonly oldest: number;
  /** Sagas under way. */
  readonly sagas: readonly {
    readonly name: string;
    readonly version: number;
    readonly count: number;
  }[];
}

const BUSY_MS = 5_000;
const NOTHING: StoreFacts = { version: 0, oldest: 0, sagas: [] };

/**
 * Looks into a service's store beside whoever uses it, without changing anything.
 *
 * @throws {Error} when the file is no store.
 */
export function inspectStore(service: string, dataDirectory: string): StoreFacts {
  const file = join(dataDirectory, service, 'store.db');
  if (!existsSync(file)) return NOTHING;
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  try {
    const has = (table: string) =>
      database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
    // Made and not opened yet.
    if (!has('portico_meta')) return NOTHING;
    const meta = new Map(
      database
        .prepare('SELECT key, value FROM portico_meta')
        .all()
        .map((row) => [String(row.key), Number(row.value)]),
    );
    const live =
      'SELECT type, version, count(*) AS count FROM portico_saga WHERE ended_at IS NULL GROUP BY type, version';
    const sagas = has('portico_saga') ? database.prepare(live).all() : [];
    return {
      version: meta.get('version') ?? 0,
      oldest: meta.get('oldest') ?? 0,
      sagas: sagas.map((row) => ({
        name: String(row.type),
        version: Number(row.version),
        count: Number(row.count),
      })),
    };
  } catch (cause) {
    throw new Error(`Cannot look into the store of "${service}" (${file}).`, { cause });
  } finally {
    database.close();
  }
}
