export * from './api.ts';
export * from './error.ts';
export * from './event.ts';
export * from './failure.ts';
export * from './operation.ts';
export * from './shape.ts';
