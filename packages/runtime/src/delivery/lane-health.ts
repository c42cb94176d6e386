import type { LaneContext } from './lane-context.ts';

/** How a lane does at present. */
export interface LaneHealth {
  state: 'following' | 'full' | 'truncated' | 'failing';
  /** The newest position of the producer's log, as far as it was told. */
  head: number | undefined;
  /** When the oldest event was published that has arrived and not been handled. Unix time in ms. */
  oldestAt: number | undefined;
  problem?: string;
}

const MESSAGES: Readonly<Record<LaneHealth['state'], string>> = {
  following: 'Events are followed again.',
  full: 'Too many events wait behind others; no more are fetched until an operator decides.',
  truncated:
    'Events that were not heard yet are gone from the log. Read the state through the API of the ' +
    'producer, then resume.',
  failing: 'Events could not be fetched or noted; it is tried again.',
};

/** Notes a new state, and logs it when it is another one. */
export function logLaneChange(
  { log }: LaneContext,
  health: LaneHealth,
  { state, problem, ...fields }: Pick<LaneHealth, 'state' | 'problem'> & Record<string, unknown>,
): void {
  if (problem === undefined) delete health.problem;
  else health.problem = problem;
  if (health.state === state) return;
  health.state = state;
  const level = state === 'following' ? 'info' : state === 'failing' ? 'warn' : 'error';
  log[level](fields, MESSAGES[state]);
}
