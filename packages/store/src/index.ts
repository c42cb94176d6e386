export * from './migration.ts';
export * from './sql-store.ts';
