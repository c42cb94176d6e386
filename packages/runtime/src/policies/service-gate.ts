import type { Operation } from '@portico/contract';
import type { Clock, Host } from '@portico/host';
import { Admission, type AdmissionStats, FixedPlaces, type Places } from './admission.ts';
import { Bulkhead } from './bulkhead.ts';
import type { CalleePolicies } from './callee-defaults.ts';
import { LatencyMedian } from './latency-median.ts';
import { ProcessGuard } from './process-guard.ts';
import { Turn } from './turn.ts';

/** What the services of a process have in common when it comes to load. */
export interface ProcessGate {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly policies: CalleePolicies;
  readonly guard: ProcessGuard;
  readonly turn: Turn;
  /** Calls that wait for something to happen: they cost memory only. */
  readonly waiting: FixedPlaces;
}

/** The part of admission that is one for a whole process. */
export function createProcessGate(
  host: Pick<Host, 'clock' | 'timers'>,
  policies: CalleePolicies,
): ProcessGate {
  const waiting = new FixedPlaces('waiting calls', policies.waiting.inFlightMax);
  const guard = new ProcessGuard(policies.guard);
  return { clock: host.clock, policies, guard, turn: new Turn(host), waiting };
}

/** How a service stands, and what became of the calls to it since the start. */
export interface ServiceLoad extends AdmissionStats {
  /** Calls not begun because too little of their time was left. */
  readonly expired: number;
  /** Calls from this process under way, and those refused for being too many. */
  readonly local: { readonly inFlight: number; readonly refused: number };
  /** Admin operations under way, and those refused for being too many. */
  readonly platform: { readonly inFlight: number; readonly refused: number };
}

/** What stands before the handlers of one service, whoever calls. */
export class ServiceGate {
  /** Calls not begun because too little of their time was left. */
  expired = 0;
  /** For callers within the process. */
  readonly bulkhead: Bulkhead;
  readonly #process: ProcessGate;
  readonly #application: Admission;
  readonly #platform: FixedPlaces;

  constructor(service: string, process: ProcessGate) {
    const { policies, guard, turn } = process;
    this.#process = process;
    this.bulkhead = new Bulkhead(service, policies.bulkhead.inFlightMax);
    this.#application = new Admission(turn, policies, guard);
    this.#platform = new FixedPlaces('calls of operators', policies.platform.inFlightMax);
  }

  /** Where calls of `operation` have their places: operators must get in when everybody else does. */
  placesOf({ waits, exposure }: Operation): Places {
    if (waits) return this.#process.waiting;
    return exposure === 'admin' ? this.#platform : this.#application;
  }

  /** How long calls of `operation` take; those that wait have no such figure. */
  medianOf({ waits }: Operation): LatencyMedian | undefined {
    return waits ? undefined : new LatencyMedian(this.#process.clock);
  }

  /** A second has passed. */
  adjust(): void {
    this.#application.adjust();
  }

  /** In flight and queued ÷ limit, as answers report it to balancers. */
  get load(): number {
    return this.#application.load;
  }

  stats(): ServiceLoad {
    const { expired, bulkhead } = this;
    const platform = this.#platform;
    return {
      ...this.#application.stats(),
      expired,
      local: { inFlight: bulkhead.inFlight, refused: bulkhead.refused },
      platform: { inFlight: platform.inFlight, refused: platform.refused },
    };
  }
}
