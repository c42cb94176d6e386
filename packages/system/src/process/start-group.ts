import { createOperatorRelay, Operator } from '@portico/administration';
import type { Gateway, GatewayOrigins } from '@portico/gateway';
import type { Host } from '@portico/host';
import {
  type Adjusted,
  type CallerPolicies,
  createRemoteServices,
  createRuntime,
  type Endpoint,
  type Health,
  type RemoteServices,
  type RoutingTable,
  type Runtime,
  type RuntimePolicies,
} from '@portico/runtime';
import type { Logger } from '@portico/service';
import {
  connectReplica,
  createCallerTokens,
  createGrantedIdentity,
  createGrantReader,
  createWireServer,
  type Key,
  type ProcessCredential,
  type Self,
  type WireAddress,
  type WireServer,
} from '@portico/wire';
import type { Mesh } from '../machines/mesh.ts';
import { Platform } from '../platform/platform-api.ts';
import { createPlatformService } from '../platform/platform-service.ts';
import { readGauges } from '../runtime-gauges.ts';
import type { System } from '../system.ts';
import type { Topology } from '../topology-file.ts';
import { gatherGauges } from './gather-gauges.ts';
import { createOperatorReach } from './operator-reach.ts';
import { placeServices } from './place-services.ts';
import { createReach } from './reach.ts';
import { createRemoteEvents } from './remote-events.ts';
import { createSystemGateway } from './system-gateway.ts';
import { createWireRules } from './wire-rules.ts';

/** What one process of a system holds, and how it is known to the others. */
export interface GroupOptions {
  readonly system: System;
  readonly topology: Topology;
  readonly self: Self;
  /** Names of the services placed here, `operator` among them where it is. */
  readonly services: readonly string[];
  /** Whether it holds the gateway, and the sockets bound for it, by listener. */
  readonly gateway: false | { readonly descriptors: Readonly<Record<string, number>> };
  /** Where it listens for calls; nowhere when it has no services that others call. */
  readonly address: WireAddress | undefined;
  /** Where the system has several machines: how they are reached, and where they reach this process. */
  readonly elsewhere?: { readonly mesh: Mesh; readonly address: string | undefined };
  readonly credential: ProcessCredential;
  /** The public key of whoever has signed the grants of this system. */
  readonly authority: Key;
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
  readonly policies?: ProcessPolicies;
}

/** What differs from the defaults: of how others are called, and of how much a process takes on. */
export interface ProcessPolicies {
  readonly caller?: Adjusted<CallerPolicies>;
  readonly callee?: RuntimePolicies;
}

/** One process of a system at work. */
export interface RunningGroup {
  readonly runtime: Runtime;
  readonly gateway: Gateway | undefined;
  readonly remote: RemoteServices;
  /** Takes a routing table over, unless a newer one is held. */
  route(table: RoutingTable): boolean;
  /**
   * Opens the door, where the gateway is here, once those behind it can be reached: until then whoever comes
   * waits before it. May be called again.
   * @throws {Error} naming the listener that can't be bound.
   */
  open(): Promise<GatewayOrigins | undefined>;
  health(): Health;
  /**
   * Ends without failing anyone: what was accepted is served, callers are told to go elsewhere, stores
   * close. May be called again.
   */
  stop(): Promise<void>;
}

/** A client outside repeats for itself: at the edge one more attempt is enough. */
const EDGE_ATTEMPTS_MAX = 2;

/**
 * Starts the services of one process group, and makes the gateway where it belongs to the group: `open`
 * lets it listen. Services in other processes are reached as soon as the first routing table names them.
 *
 * @throws {Error} with every mistake; what was already open is closed again.
 */
export async function startGroup(options: GroupOptions): Promise<RunningGroup> {
  const { system, self, host, log, directory, topology } = options;
  const wire = createWireParts(options);
  const everyone = [...system.services.map(({ name }) => name), Operator.name, Platform.name];
  const names = new Set(options.services);
  // Only who gathers figures or asks for operators needs a connection to processes that serve nothing.
  const asksAll = options.gateway !== false || names.has(Operator.name);
  const wants = (service: string) => service !== Platform.name || asksAll;
  const remote = createRemoteServices({
    ...{ host, self: self.replica, dial: wire.dial, wants },
    policies: callerPoliciesOf(options),
  });
  const reach = createReach(system, names, { host, remote });
  const { services: opened, close } = await placeServices(system, names, { directory, host, log });
  let gateway: Gateway | undefined;
  try {
    const platform = createPlatformService(
      () => runtime,
      async () => [...(gateway?.gauges() ?? []), ...(await readGauges(runtime))],
    );
    const own = [platform.service];
    if (names.has(Operator.name)) {
      const reach = createOperatorReach({ ...options, remote, runtime: () => runtime });
      own.push(createOperatorRelay(reach));
    }
    const placed = own.map((service) => ({ service, store: undefined, config: undefined }));
    const runtime: Runtime = createRuntime({
      ...{ system: system.name, host, log, remote, release: self.release, replica: self.replica },
      services: [...opened, ...placed],
      eventSource: createRemoteEvents(host, remote),
      ...(options.policies?.callee ? { policies: options.policies.callee } : {}),
    });
    await runtime.start({ backgroundAfter: reach.reached });
    const servers = wire.serve(runtime);
    for (const server of servers) await server.start();
    gateway = options.gateway
      ? createSystemGateway(system, {
          ...{ directory, host, log, runtime, topology, process: self.replica },
          async gauges(own) {
            const here = [...own, ...(await readGauges(runtime))];
            return await gatherGauges(here, {
              host,
              replica: self.replica,
              services: everyone,
              remote,
            });
          },
          descriptors: options.gateway.descriptors,
        })
      : undefined;
    const drain = async () => {
      // The edge first: nothing new comes in while what was accepted ends.
      await gateway?.drain();
      platform.release();
      await Promise.all(servers.map((server) => server.drain()));
      await runtime.drain();
      remote.close();
    };
    let opening: Promise<GatewayOrigins | undefined> | undefined;
    let stopping: Promise<void> | undefined;
    return {
      runtime,
      gateway,
      remote,
      route(table) {
        const isTaken = remote.apply(table);
        if (isTaken) reach.look();
        return isTaken;
      },
      open() {
        // Who is on the way out lets nobody in any more.
        opening ??= stopping ? Promise.resolve(undefined) : gateway?.listen();
        return opening ?? Promise.resolve(undefined);
      },
      health: runtime.health,
      stop() {
        stopping ??= drain();
        return stopping;
      },
    };
  } catch (problem) {
    remote.close();
    await close();
    throw problem;
  }
}

function callerPoliciesOf({ policies, gateway, services }: GroupOptions): Adjusted<CallerPolicies> {
  const given = policies?.caller ?? {};
  if (!gateway || services.length > 0) return given;
  const attemptsMax = Math.min(EDGE_ATTEMPTS_MAX, given.retry?.attemptsMax ?? EDGE_ATTEMPTS_MAX);
  return { ...given, retry: { ...given.retry, attemptsMax } };
}

/** How this process proves itself, dials others and is called by them. */
function createWireParts(options: GroupOptions) {
  const { system, self, host, log, credential, authority, address, elsewhere } = options;
  const mesh = elsewhere?.mesh;
  const readGrant = createGrantReader(mesh?.trust ?? authority);
  const identity = createGrantedIdentity(credential, readGrant, mesh?.trust.machine);
  const own = { system: system.name, own: credential, readGrant, clock: host.clock };
  const tokens = createCallerTokens(own);
  const apis = [...system.apis, Operator, Platform];
  const common = { host, log, self, identity, tokens };
  /** Paths are on this machine; whatever else, on another one. */
  const toAddress = (text: string): WireAddress =>
    mesh && !text.startsWith('/') ? mesh.toAddress(text) : { path: text };
  return {
    dial: ({ replica, address: theirs, static: isStatic = false }: Endpoint) =>
      connectReplica({
        ...common,
        name: replica,
        address: () => toAddress(theirs),
        uses: apis,
        expected: !isStatic,
      }),
    serve(runtime: Runtime): readonly WireServer[] {
      const toServer = (listen: WireAddress) =>
        createWireServer({
          ...common,
          listen,
          apis: runtime.apis,
          dispatcher: runtime.dispatcher,
          allows: createWireRules(system),
          load: () => Math.max(0, ...options.services.map(runtime.loadOf)),
        });
      const servers = address ? [toServer(address)] : [];
      if (!mesh || elsewhere?.address === undefined) return servers;
      const open = toServer(mesh.toAddress(elsewhere.address));
      mesh.onRenewal(open.renewTls.bind(open));
      return [...servers, open];
    },
  };
}
