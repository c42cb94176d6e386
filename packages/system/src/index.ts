export {
  createConsumerKey,
  ensureKeyFile,
  type FiledKey,
  type KeyRequest,
  listConsumerKeys,
  type NewKey,
  revokeConsumerKey,
} from './consumer-keys.ts';
export { type ListenAddress, parseAddress } from './listen-address.ts';
export { createLog, type LogOptions } from './log.ts';
export { administrationServices, placeGroups } from './place-groups.ts';
export { buildRelease, type ReleaseRequest } from './release/build-release.ts';
export { findRelease, type ReleaseFile } from './release/release-file.ts';
export { type RunningSystem, type StartOptions, startSystem } from './start-system.ts';
export { type System, type SystemSpec, system } from './system.ts';
export { parseTopology, readTopology } from './topology.ts';
export type { Topology, TopologyGroup } from './topology-file.ts';
