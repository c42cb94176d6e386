export type { OpenDatabase } from './connection.ts';
export { createSqliteDriver, type SqliteDriverOptions, sqliteDriver } from './sqlite-driver.ts';
