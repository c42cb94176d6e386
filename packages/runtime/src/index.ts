export { ANONYMOUS, type CallAs } from './client.ts';
export { parseConfigs } from './configs.ts';
export type { Health, RuntimeState, ServiceHealth } from './health.ts';
export { DRAIN_GRACE_MS } from './life.ts';
export type { PlacedService } from './placement.ts';
export { createRuntime, type DrainOptions, type Runtime, type RuntimeOptions } from './runtime.ts';
export { createRootTrace, toTraceparent } from './trace.ts';
