export { canonicalJson, hashInput } from './canonical-json.ts';
export * from './conformance.ts';
export * from './conformance-schema.ts';
export * from './driver.ts';
export * from './event-log.ts';
export * from './migration.ts';
export * from './open-store.ts';
export * from './outcome.ts';
export * from './platform-tables.ts';
