import { type Criticality, Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import { RollingSum } from './rolling-sum.ts';

/** When calls stop being sent to a service that answers few of them. */
export interface ThrottlePolicy {
  /** What is looked back on. */
  readonly windowMs: number;
  /** Calls are sent until the service accepts fewer than one in this many. */
  readonly ratio: number;
  /** Some calls always go through: they notice when the service is well again. */
  readonly chanceMax: number;
  /** Fewer calls per second than this say nothing. */
  readonly callsPerSecondMin: number;
}

/** A call that was sent, as its throttle remembers it. */
export interface Sent {
  readonly criticality: Criticality;
  readonly step: number;
}

const STEP_MS = 1000;

interface Lane {
  readonly sent: RollingSum;
  readonly answered: RollingSum;
  readonly accepted: RollingSum;
}

/**
 * Refuses calls to a service before they are sent, the more of them the fewer it accepts: a breaker
 * that opens gradually (Google, Site Reliability Engineering, "Handling Overload"). Criticalities are
 * judged apart, since services shed the less critical ones first.
 */
export class Throttle {
  /** Calls refused since the start. */
  refused = 0;
  readonly #service: string;
  readonly #host: Pick<Host, 'clock' | 'random'>;
  readonly #policy: ThrottlePolicy;
  readonly #lanes = new Map<Criticality, Lane>();

  constructor(service: string, host: Pick<Host, 'clock' | 'random'>, policy: ThrottlePolicy) {
    this.#service = service;
    this.#host = host;
    this.#policy = policy;
  }

  /** Why a call of `criticality` is not to be sent now. */
  refuse(criticality: Criticality): Failure | undefined {
    const chance = this.refusalChance(criticality);
    if (chance <= 0 || this.#host.random.float() >= chance) return undefined;
    this.refused++;
    const message = `"${this.#service}" accepts few calls at present; this one was not sent.`;
    return Failure.withoutStack('OVERLOADED', 'overloaded', message, { reason: 'throttled' });
  }

  /** How likely a call is refused: `(sent − ratio·accepted) / (sent + 1)`. */
  refusalChance(criticality: Criticality): number {
    const lane = this.#lanes.get(criticality);
    if (!lane) return 0;
    const { windowMs, ratio, chanceMax, callsPerSecondMin } = this.#policy;
    const { sent, answered, accepted } = lane;
    if (sent.total < (callsPerSecondMin * windowMs) / 1000) return 0;
    // Calls sent this second and not answered yet may still be: a burst is no sign of trouble.
    const counted = sent.total - sent.present + answered.present;
    const chance = (counted - ratio * accepted.total) / (counted + 1);
    return Math.min(chanceMax, Math.max(0, chance));
  }

  /** A call is being sent. */
  sent(criticality: Criticality): Sent {
    const lane = this.#laneOf(criticality);
    lane.sent.add(1);
    return { criticality, step: lane.sent.step };
  }

  /** How it was answered; calls that never are count as not accepted. */
  answered({ criticality, step }: Sent, isAccepted: boolean): void {
    const lane = this.#laneOf(criticality);
    lane.answered.add(1, step);
    if (isAccepted) lane.accepted.add(1, step);
  }

  /** It was never sent after all. */
  recall({ criticality, step }: Sent): void {
    this.#laneOf(criticality).sent.add(-1, step);
  }

  #laneOf(criticality: Criticality): Lane {
    let lane = this.#lanes.get(criticality);
    if (!lane) {
      const steps = Math.ceil(this.#policy.windowMs / STEP_MS);
      const make = () => new RollingSum({ clock: this.#host.clock, stepMs: STEP_MS, steps });
      lane = { sent: make(), answered: make(), accepted: make() };
      this.#lanes.set(criticality, lane);
    }
    return lane;
  }
}
