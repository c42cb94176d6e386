export { canonicalJson, hashInput } from './canonical-json.ts';
export type { Migration, MigrationKind, MigrationScript } from './migration.ts';
export { prepared } from './prepared-query.ts';
export * from './sql-store.ts';
export * from './statement-error.ts';
