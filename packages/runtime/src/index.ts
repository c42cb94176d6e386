export { ANONYMOUS, type CallAs } from './client.ts';
export { parseConfigs } from './configs.ts';
export type { FindEventSource } from './delivery/deliveries.ts';
export type { DeliveryAlarm, DeliveryStatus } from './delivery/delivery-status.ts';
export type { EventBatch, EventRequest, EventSource } from './delivery/event-source.ts';
export { createLogSource } from './delivery/log-source.ts';
export type { ParkedFilter, ParkedPlace } from './delivery/parked-list.ts';
export type { ReplayFrom } from './delivery/replay.ts';
export type { HearingDecision, LetterDecision, RuntimeEvents } from './delivery/runtime-events.ts';
export type { Health, RuntimeState, ServiceHealth } from './health.ts';
export { DRAIN_GRACE_MS, type RuntimeStartOptions } from './life.ts';
export { serviceCaller } from './permissions.ts';
export type { PlacedService } from './placement.ts';
export { CALLEE_DEFAULTS, type CalleePolicies } from './policies/callee-defaults.ts';
export {
  type Adjusted,
  adjust,
  CALLER_DEFAULTS,
  type CallerPolicies,
} from './policies/defaults.ts';
export type { DialledReplica } from './routing/peers.ts';
export {
  createRemoteServices,
  type RemoteServices,
  type RemoteServicesOptions,
} from './routing/remote-services.ts';
export {
  type Endpoint,
  isNewer,
  type RoutedService,
  type RoutingTable,
} from './routing/routing-table.ts';
export {
  createRuntime,
  type DrainOptions,
  type Runtime,
  type RuntimeOptions,
  type RuntimePolicies,
} from './runtime.ts';
export {
  type RuntimeSagas,
  SAGA_PAGE_MAX,
  type SagaDecision,
  type SagaDetail,
  type SagaListFilter,
} from './saga/runtime-sagas.ts';
export { TIMINGS, type Timings } from './timings.ts';
export { createRootTrace, toTraceparent } from './trace.ts';
