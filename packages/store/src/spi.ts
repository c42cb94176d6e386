export * from './driver.ts';
export * from './open-store.ts';
