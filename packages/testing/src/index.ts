export { AT_EASE } from './at-ease.ts';
export { createRecordedLog, type LogLine, type RecordedLog } from './recorded-log.ts';
export { createStoreTemplates, type StoreTemplates } from './simulation/data-folder.ts';
export { override } from './simulation/delayed-store.ts';
export { createDraw, type Draw } from './simulation/draw.ts';
export type { Faults } from './simulation/faults.ts';
export type { Knobs } from './simulation/knobs.ts';
export type { SimulatedClientOptions } from './simulation/network.ts';
export type { SimulatedNode } from './simulation/node.ts';
export type { Outside, SimulatedSystem } from './simulation/outside.ts';
export type { PlantedBug, PlantedCall } from './simulation/planted-bug.ts';
export {
  runSeed,
  type Scenario,
  type SeedOptions,
  type SeedReport,
  type Workload,
} from './simulation/run-seed.ts';
export {
  formatReport,
  type SeedSearch,
  type SeedSearchOptions,
  searchSeeds,
  shrinkSeed,
} from './simulation/search-seeds.ts';
export {
  createSimulation,
  type Simulation,
  type SimulationOptions,
} from './simulation/simulation.ts';
export type { Trace, TraceLine } from './simulation/trace.ts';
export { startTestSystem, type TestSystem, type TestSystemOptions } from './start-test-system.ts';
