import type { Event } from '@portico/contract';
import type { DeadlineWheel, Host } from '@portico/host';
import type { Caller, Logger, Saga, Service } from '@portico/service';
import type { OpenStore } from '@portico/store/spi';
import type { CallNode, CallOwner } from './call-tree.ts';
import type { RunningEffect } from './keyed-effect.ts';
import { serviceCaller } from './permissions.ts';
import { type ProcessGate, ServiceGate } from './policies/service-gate.ts';
import type { SagaStarter } from './saga/saga-starter.ts';
import { createSagaWatch, type SagaWatch } from './saga/saga-watch.ts';
import type { Timings } from './timings.ts';
import { createValueTypes, type ValueType, type ValueTypes } from './value-types.ts';

/** A service to be run in this process: opened, and its configuration parsed, by whoever composes. */
export interface PlacedService {
  readonly service: Service;
  /** The store, opened and migrated; the runtime closes it when it drains. */
  readonly store: OpenStore | undefined;
  /** What `parseConfigs` made of the service's configuration. */
  readonly config: unknown;
}

/** What all services of this process share. */
export interface Surroundings {
  readonly system: string;
  readonly host: Host;
  /** What this run writes into the leases that it takes. */
  readonly holder: string;
  readonly timings: Timings;
  readonly wheel: DeadlineWheel;
  /** What all services have in common when it comes to load. */
  readonly gate: ProcessGate;
  /** Failures that came from a dependency: uncaught, they mean something else than one's own. */
  readonly foreign: WeakSet<object>;
  /** Called when a call ends, so that a drain can notice the last. */
  onIdle: (() => void) | undefined;
}

/** Where a service stands: it starts, serves, and has ended. */
export type Phase = 'starting' | 'ready' | 'stopped';

/** One service at work in this process. */
export class Placement implements CallOwner {
  readonly service: Service;
  readonly name: string;
  readonly store: OpenStore | undefined;
  readonly config: unknown;
  readonly log: Logger;
  readonly around: Surroundings;
  /** The service as a caller. One object, so that whoever signs for it does so once. */
  readonly self: Caller;
  readonly types: ValueTypes;
  /** What stands before the handlers when there is much to do. */
  readonly gate: ServiceGate;
  /** Carries on the service's sagas, while this process does. */
  sagas: SagaStarter | undefined = undefined;
  /** Who waits for its sagas to move on. */
  readonly sagaWatch: SagaWatch;
  /** Keyed calls under way in this process, by scope, operation and key. */
  readonly running = new Map<string, RunningEffect>();
  /** Calls, jobs and hooks that began here, not within another call. */
  firstChild: CallNode | undefined = undefined;
  phase: Phase = 'starting';
  /** Why the store does not serve at present. */
  storeProblem: string | undefined;
  /** Calls, jobs and hooks under way. */
  inFlight = 0;

  readonly #payloads = new Map<string, ValueType>();
  readonly #sagaData = new Map<Saga, ValueType>();

  constructor(placed: PlacedService, around: Surroundings, log: Logger) {
    this.service = placed.service;
    this.name = placed.service.name;
    this.store = placed.store;
    this.config = placed.config;
    this.around = around;
    this.self = serviceCaller(this.name);
    this.log = log.child({ service: this.name });
    this.types = createValueTypes(placed.service.api);
    this.gate = new ServiceGate(this.name, around.gate);
    this.sagaWatch = createSagaWatch(around.host.timers);
  }

  /** The type of an event's payload, compiled when it is first published. */
  payloadType(event: Event): ValueType {
    let type = this.#payloads.get(event.name);
    if (!type) {
      type = this.types.compile(event.payload);
      this.#payloads.set(event.name, type);
    }
    return type;
  }

  /** The type of a saga's data, compiled when it is first needed. */
  sagaDataType(saga: Saga): ValueType {
    let type = this.#sagaData.get(saga);
    const declared = saga.dataApi.operations.data;
    if (!declared) throw new Error(`The saga "${saga.name}" was not made by saga().`);
    if (!type) {
      type = createValueTypes(saga.dataApi).compile(declared.input);
      this.#sagaData.set(saga, type);
    }
    return type;
  }

  /** Whether a call can be served now. */
  get serving(): boolean {
    return this.phase === 'ready' && this.storeProblem === undefined;
  }
}
