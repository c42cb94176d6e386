// A system in several processes. Apart from the rest, so that one process loads neither wire nor supervisor.
export { startSplit } from './start-split.ts';
export { readAuthorityKeys } from './supervised/authority-file.ts';
export { endAtOnce, isRunning } from './supervised/installed-processes.ts';
export {
  type Origins,
  type SupervisedMachine,
  type SupervisedOptions,
  type SupervisedSystem,
  startMachine,
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
