export type { OpenDatabase } from './connection.ts';
export { inspectStore, type StoreFacts } from './inspect-store.ts';
export { createSqliteDriver, type SqliteDriverOptions, sqliteDriver } from './sqlite-driver.ts';
