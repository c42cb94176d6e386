export { type Clock, sleepWith, type Timer, type Timers } from './clock.ts';
export * from './deadline-wheel.ts';
export * from './host.ts';
export * from './ids.ts';
export type { LoadMeter, ProcessLoad } from './load-meter.ts';
export type { Random } from './random.ts';
export * from './rotating-file.ts';
export * from './simulated-host.ts';
