import type { Api } from '@portico/contract';
import { createDeadlineWheel, type Host } from '@portico/host';
import type { Client, Logger } from '@portico/service';
import type { Dispatcher } from '@portico/service/spi';
import type { Route } from './call.ts';
import { type CallAs, createClient } from './client.ts';
import { createDeliveries, type FindEventSource } from './delivery/deliveries.ts';
import { hearingMistakes } from './delivery/hearing-mistakes.ts';
import { createRuntimeEvents, type RuntimeEvents } from './delivery/runtime-events.ts';
import { createDispatcher } from './dispatcher.ts';
import type { Health } from './health.ts';
import { createHolder, SOLE_REPLICA } from './lease-holder.ts';
import { createLife, type RuntimeStartOptions } from './life.ts';
import { type PlacedService, Placement, type Surroundings } from './placement.ts';
import { CALLEE_DEFAULTS, type CalleePolicies } from './policies/callee-defaults.ts';
import { type Adjusted, adjust } from './policies/defaults.ts';
import { createProcessGate, type ServiceLoad } from './policies/service-gate.ts';
import { createRoutes, placementMistakes } from './routes.ts';
import { createLookup } from './routing/lookup.ts';
import type { RemoteServices } from './routing/remote-services.ts';
import { createRuntimeSagas, type RuntimeSagas } from './saga/runtime-sagas.ts';
import { inStartOrder } from './start-order.ts';
import { TIMINGS, type Timings } from './timings.ts';

/** What differs from the defaults of how much services take on. */
export type RuntimePolicies = Adjusted<CalleePolicies>;

/** What a runtime is made of. */
export interface RuntimeOptions {
  /** The system's name: the root of its events' sources. */
  readonly system: string;
  readonly host: Host;
  readonly log: Logger;
  readonly services: readonly PlacedService[];
  /**
   * What this process is called among those that share its stores, the same in each of its runs: leases that
   * an earlier run has left are taken over at once. A run is only to be started when the one before has
   * ended. Default: {@link SOLE_REPLICA}.
   */
  readonly replica?: string;
  /** What runs here, for whoever looks at a dead letter later. */
  readonly release?: string;
  /** How long things take, wait and last. Default: {@link TIMINGS}. */
  readonly timings?: Partial<Timings>;
  /** The services in other processes. Without it, everything that is called is in this one. */
  readonly remote?: Pick<RemoteServices, 'callerOf'>;
  /** What differs from {@link CALLEE_DEFAULTS}. */
  readonly policies?: RuntimePolicies;
  /** Where events of services in other processes come from. */
  readonly eventSource?: FindEventSource;
}

/** The limits of a drain. */
export interface DrainOptions {
  /** How long calls under way may take to end; then they are cancelled. Default 30 s. */
  readonly graceMs?: number;
}

/** The services of one process, connected. */
export interface Runtime {
  readonly dispatcher: Dispatcher;
  /** What is served here. */
  readonly apis: readonly Api[];
  /**
   * Runs start hooks, dependencies first, then opens the services for calls and begins what nobody calls for: jobs,
   * sagas, the delivery of events.
   *
   * @param options - `backgroundAfter`: begins those only then, where they could reach nobody before.
   * @throws {Error} naming the service whose hook failed. Those that had started are stopped again;
   * stores stay open, for whoever opened them to close.
   */
  start(options?: RuntimeStartOptions): Promise<void>;
  /**
   * Ends in order: no new calls, jobs stop, calls under way end or are cancelled, stop hooks, stores
   * closed in reverse order. Later calls wait for the first.
   */
  drain(options?: DrainOptions): Promise<void>;
  health(): Health;
  /**
   * The part of its limit that a service has in use, for callers to choose by: 0 to 1, more when calls
   * wait. 0 for a service that is not here.
   */
  loadOf(service: string): number;
  /** By service: what is under way, and what was shed since the start. */
  loads(): Readonly<Record<string, ServiceLoad>>;
  /** What operators see of event delivery and do about it. */
  readonly events: RuntimeEvents;
  /** What operators see of sagas and do about them. */
  readonly sagas: RuntimeSagas;
  /** Compiles every type now instead of on first use. */
  warmUp(): void;
  /**
   * Calls as somebody: for tests, seeds and tools. The same way as every other call. A name calls as
   * the service of that name, without permissions, and reaches internal operations.
   */
  client<A extends Api>(api: A, as: CallAs | string): Client<A>;
}

/**
 * Hosts services in this process and connects them.
 *
 * @throws {Error} with everything that can't run as it is composed, together: an API used but placed
 * nowhere, another major, keyed operations without a store.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { system, host, log, services } = options;
  const mistakes = [
    ...placementMistakes(services, options.remote === undefined),
    ...hearingMistakes(services, options.eventSource === undefined),
  ];
  if (mistakes.length > 0) {
    const list = mistakes.map((mistake) => `\n  - ${mistake}`).join('');
    throw new Error(`Cannot run "${system}":${list}`);
  }
  const wheel = createDeadlineWheel(host);
  const timings: Timings = { ...TIMINGS, ...options.timings };
  const holder = createHolder(options.replica ?? SOLE_REPLICA, host.ids);
  const around: Surroundings = {
    ...{ system, host, holder, timings, wheel, foreign: new WeakSet(), onIdle: undefined },
    gate: createProcessGate(host, adjust(CALLEE_DEFAULTS, options.policies)),
  };
  const table = new Map<string, Route>();
  const lookup = createLookup(table, options.remote);
  const placed = inStartOrder(services).map((one) =>
    createRoutes(new Placement(one, around, log), lookup),
  );
  for (const { routes } of placed) {
    for (const route of routes) table.set(route.entry.operation.id, route);
  }
  const gates = new Map(placed.map(({ placement: { name, gate } }) => [name, gate]));
  const { release = '', eventSource: sourceOf } = options;
  const deliveries = createDeliveries(placed, { release, sourceOf });
  const life = createLife({ placed, deliveries, around });
  const dispatcher = createDispatcher(lookup, () => life.draining);
  return {
    dispatcher,
    apis: services.map(({ service }) => service.api),
    start: life.start,
    drain: life.drain,
    health: life.health,
    loadOf: (service) => gates.get(service)?.load ?? 0,
    loads: () => Object.fromEntries([...gates].map(([name, gate]) => [name, gate.stats()])),
    events: createRuntimeEvents(deliveries, { host, log }),
    sagas: createRuntimeSagas(placed.map(({ placement }) => placement)),
    warmUp() {
      for (const { entry } of table.values()) entry.warmUp();
    },
    client: (api, as) => createClient(api, as, { dispatcher, host }),
  };
}
