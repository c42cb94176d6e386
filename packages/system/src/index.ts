export {
  createConsumerKey,
  ensureKeyFile,
  type FiledKey,
  type KeyRequest,
  listConsumerKeys,
  revokeConsumerKey,
} from './consumer-keys.ts';
export { type ListenAddress, parseAddress } from './listen-address.ts';
export { createLog, type LogOptions } from './log.ts';
export { administrationServices, placeGroups } from './place-groups.ts';
export { buildRelease, type ReleaseRequest } from './release/build-release.ts';
export { findRelease, type ReleaseFile } from './release/release-file.ts';
export { startSplit } from './start-split.ts';
export { type RunningSystem, type StartOptions, startSystem } from './start-system.ts';
export { endAtOnce, isRunning } from './supervised/installed-processes.ts';
export {
  type SupervisedOptions,
  type SupervisedSystem,
  startSupervised,
} from './supervised/start-supervised.ts';
export type { SupervisionStatus } from './supervised/supervision-api.ts';
export {
  openSupervision,
  openTool,
  type SupervisionTool,
  type Tool,
  type ToolOptions,
} from './supervised/tool.ts';
export { type System, type SystemSpec, system } from './system.ts';
export { parseTopology, readTopology } from './topology.ts';
export type { Topology, TopologyGroup } from './topology-file.ts';
