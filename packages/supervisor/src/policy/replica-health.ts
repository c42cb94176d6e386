/** The life of a replica: `starting → ready ⇄ not-ready → draining → stopped`. */
export type ReplicaPhase = 'starting' | 'ready' | 'not-ready' | 'draining' | 'stopped';

/** What a replica says of itself, once a second. */
export interface HealthCheck {
  /** Its modules are loaded and it listens. */
  readonly started: boolean;
  /** Everything of it serves: contracts compiled, own stores answering. Nothing of other services. */
  readonly serving: boolean;
}

/** One replica's health, with what it takes to leave the present phase. */
export interface ReplicaHealth {
  readonly phase: ReplicaPhase;
  /** Checks in a row that say otherwise than the phase. */
  readonly against: number;
}

/** What wakes up flickers; one good answer is no promise yet. */
const CHECKS_TO_READY = 2;
/** A store that pauses for a second is not gone. */
const MISSES_TO_NOT_READY = 3;

/** The health of a replica that has just been started. */
export const newborn: ReplicaHealth = { phase: 'starting', against: 0 };

/** A replica's health after one more check. What drains or has ended stays so, whatever it says. */
export function afterCheck(health: ReplicaHealth, check: HealthCheck): ReplicaHealth {
  const { phase } = health;
  if (phase === 'draining' || phase === 'stopped') return health;
  const isWell = check.started && check.serving;
  const isReady = phase === 'ready';
  if (isWell === isReady) return health.against === 0 ? health : { phase, against: 0 };
  const against = health.against + 1;
  if (isReady) {
    return against < MISSES_TO_NOT_READY ? { phase, against } : { phase: 'not-ready', against: 0 };
  }
  return against < CHECKS_TO_READY ? { phase, against } : { phase: 'ready', against: 0 };
}

/** A replica that has been told to drain. */
export function afterDrain(health: ReplicaHealth): ReplicaHealth {
  return health.phase === 'stopped' ? health : { phase: 'draining', against: 0 };
}
