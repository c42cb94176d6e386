export { ANONYMOUS, type CallAs } from './client.ts';
export { parseConfigs } from './configs.ts';
export type { FindEventSource } from './delivery/deliveries.ts';
export type { DeliveryStatus } from './delivery/delivery-status.ts';
export type { EventBatch, EventRequest, EventSource } from './delivery/event-source.ts';
export { createLogSource } from './delivery/log-source.ts';
export type { ReplayFrom } from './delivery/replay.ts';
export type { HearingDecision, LetterDecision, RuntimeEvents } from './delivery/runtime-events.ts';
export type { Health, RuntimeState, ServiceHealth } from './health.ts';
export { DRAIN_GRACE_MS } from './life.ts';
export type { PlacedService } from './placement.ts';
export { createRuntime, type DrainOptions, type Runtime, type RuntimeOptions } from './runtime.ts';
export {
  type RuntimeSagas,
  SAGA_PAGE_MAX,
  type SagaDecision,
  type SagaDetail,
  type SagaListFilter,
} from './saga/runtime-sagas.ts';
export { createRootTrace, toTraceparent } from './trace.ts';
