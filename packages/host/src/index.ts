export * from './clock.ts';
export * from './host.ts';
export * from './random.ts';
