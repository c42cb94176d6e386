export type { Clock, Timer, Timers } from './clock.ts';
export * from './host.ts';
export * from './ids.ts';
export type { Random } from './random.ts';
export * from './simulated-host.ts';
