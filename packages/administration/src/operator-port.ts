import type {
  DeadLetter,
  ParkedKey,
  SagaCount,
  SagaFilter,
  SagaRecord,
  SagaStepRecord,
} from '@portico/store/spi';

/** What the operator service needs of the process it runs in. Whoever composes a system passes it. */
export interface OperatorPort {
  readonly sagas: PortSagas;
  readonly events: PortEvents;
  health(): PortHealth;
}

/** One thing of a service, and the operator who decides on it. */
export interface PortDecision {
  readonly service: string;
  readonly by: string;
}

/** The sagas of the services here. All throw {Failure} `not-found` and `precondition-failed`. */
export interface PortSagas {
  list(filter: SagaFilter & { readonly service: string }): Promise<readonly SagaRecord[]>;
  get(
    service: string,
    id: string,
  ): Promise<SagaRecord & { readonly history: readonly SagaStepRecord[] }>;
  counts(): Promise<readonly (SagaCount & { readonly service: string })[]>;
  retry(decision: PortDecision & { readonly id: string; readonly force?: boolean }): Promise<void>;
  abort(decision: PortDecision & { readonly id: string; readonly reason: string }): Promise<void>;
  resolve(decision: PortDecision & { readonly id: string; readonly reason: string }): Promise<void>;
}

/** The delivery of events to the services here. Changes throw {Failure} `not-found`. */
export interface PortEvents {
  status(): Promise<readonly PortDeliveryStatus[]>;
  list(page: {
    readonly service?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly DeadLetter[]>;
  get(service: string, letter: string): Promise<DeadLetter>;
  listParked(page: {
    readonly service?: string;
    readonly after?: PortParkedPlace;
    readonly limit?: number;
  }): Promise<readonly ParkedKey[]>;
  redrive(decision: PortDecision & { readonly letter: string }): Promise<void>;
  discard(decision: PortDecision & { readonly letter: string }): Promise<void>;
  replay(
    decision: PortDecision & {
      readonly producer: string;
      readonly from: { readonly at: number } | { readonly after: number };
    },
  ): Promise<void>;
  resume(decision: PortDecision & { readonly producer: string }): Promise<void>;
}

/** The parked key behind which a page begins. */
export type PortParkedPlace = Pick<ParkedKey, 'consumer' | 'producer' | 'generation' | 'key'>;

/** How the delivery of one producer's events to one consumer does. */
export interface PortDeliveryStatus {
  readonly consumer: string;
  readonly producer: string;
  readonly generation: number;
  readonly role: string;
  readonly state: string;
  readonly position: number;
  readonly head?: number;
  readonly problem?: string;
  readonly deadLetters: number;
  readonly blockedKeys: number;
  readonly parked: number;
  readonly oldestUndeliveredMs: number;
  readonly alarms: readonly string[];
}

/** Where the process and its services stand. */
export interface PortHealth {
  readonly state: string;
  readonly ready: boolean;
  readonly inFlight: number;
  readonly services: Readonly<
    Record<string, { readonly ready: boolean; readonly reason?: string; readonly inFlight: number }>
  >;
}
