export * from './change/canary.ts';
export * from './change/contract-gate.ts';
export * from './change/migration-gate.ts';
export * from './change/plan-change.ts';
export * from './change/rolling-change.ts';
export {
  type ControlCentre,
  type ControlOptions,
  createControlCentre,
  type ReplicaReport,
} from './control.ts';
export { Control, type ControlTable } from './control-api.ts';
export type { Site } from './fleet.ts';
export {
  type BoundListener,
  bindListeners,
  type ListenerAddress,
} from './keeper/bind-listeners.ts';
export type { KeeperSettings } from './keeper/keeper.ts';
export * from './keeper/keeper-client.ts';
export * from './keeper/keeper-state.ts';
export * from './keeper/messages.ts';
export * from './keeper/orphans.ts';
export * from './keeper/process-identity.ts';
export * from './keeper/start-keeper.ts';
export { createPlaces, type Equipment, type LaunchedReplica, type RunPlaces } from './launch.ts';
export * from './logs/crash-report.ts';
export * from './placement.ts';
export * from './policy/autoscaler.ts';
export * from './policy/load-sample.ts';
export * from './policy/machine-room.ts';
export * from './policy/replica-health.ts';
export * from './policy/restart-policy.ts';
export * from './policy/start-order.ts';
export * from './policy/watchdog.ts';
export * from './replica-orders.ts';
export type { GroupStatus, ReplicaStatus, SupervisorStatus } from './status.ts';
export { type Supervisor, type SupervisorOptions, startSupervisor } from './supervisor.ts';
export type { ChangeOutcome, PlanOutcome, Release, Revision } from './supervisor-state.ts';
