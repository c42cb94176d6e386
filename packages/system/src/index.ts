export {
  createConsumerKey,
  ensureKeyFile,
  type FiledKey,
  type KeyRequest,
  listConsumerKeys,
  revokeConsumerKey,
} from './consumer-keys.ts';
export { createLog, type LogOptions } from './log.ts';
export { type RunningSystem, type StartOptions, startSystem } from './start-system.ts';
export { type System, type SystemSpec, system } from './system.ts';
export {
  type ListenAddress,
  parseAddress,
  parseTopology,
  readTopology,
  type Topology,
} from './topology.ts';
