import { createConnectionBook } from './connections.ts';
import { createEdge, createSharedParts } from './create-edge.ts';
import { HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import type { EdgeRequest, EdgeResponse } from './http/request.ts';
import {
  explainListening,
  findListenerMistakes,
  toAuthorities,
  toHostPart,
} from './listen-checks.ts';
import { createNodeServer, type NodeServer } from './node-server.ts';
import type { GatewayOptions, ListenerName } from './options.ts';
import { listRoutes, type RouteListing } from './places.ts';
import type { Gauge } from './platform/gauges.ts';

/** The origins of a gateway's listeners, with the ports really bound. */
export interface GatewayOrigins {
  readonly public: string;
  readonly admin: string;
}

/** The edge of a system. */
export interface Gateway {
  /** Binds both listeners. @throws {Error} `Cannot start the gateway: …`. */
  listen(): Promise<GatewayOrigins>;
  /**
   * Ends without failing anyone: `/readyz` says no and answers close their connections at once; what
   * still arrives is served for 500 ms; then nothing is accepted, and what is in flight gets 30 s.
   */
  drain(): Promise<void>;
  /** Ends now: what is in flight is cut off. */
  close(): Promise<void>;
  /** One request without a socket, as a server would hand it over. */
  handle(listener: ListenerName, request: EdgeRequest): Promise<EdgeResponse>;
  /** What answers on a listener, for comparison with what contracts declare. */
  routes(listener: ListenerName): readonly RouteListing[];
  /** What was counted of the requests here, for whoever shows several gateways together. */
  gauges(): readonly Gauge[];
}

/**
 * Makes the gateway of a system. Routes are computed here, once.
 *
 * @throws {Error} for a policy or routes that cannot work.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const state = { draining: false };
  const shared = createSharedParts(options, limits, () => state.draining);
  const edges = {
    public: createEdge('public', options, shared),
    admin: createEdge('admin', options, shared),
  };
  const { host } = options;
  const servers = new Map<ListenerName, NodeServer>();
  let drained: Promise<void> | undefined;

  const listenOn = async (name: ListenerName) => {
    const edge = edges[name];
    const isExempt = shared.addresses.isTrusted;
    const connections = createConnectionBook(host, limits, isExempt);
    const { draining } = shared;
    const server = createNodeServer({
      core: edge,
      host,
      log: options.log,
      limits,
      connections,
      draining,
    });
    const address = options.listeners[name];
    const port = await server.listen(address).catch((error: unknown) => {
      throw new Error(`Cannot start the gateway: ${explainListening(name, address, error)}`, {
        cause: error,
      });
    });
    servers.set(name, server);
    edge.authority = `${toHostPart(address.host)}:${port}`;
    if (name === 'admin') edge.authorities = toAuthorities(address.host, port);
    return `${address.tls ? 'https' : 'http'}://${edge.authority}`;
  };
  const close = async () => {
    state.draining = true;
    const ending = [...servers.values()].map((server) => server.finish());
    for (const server of servers.values()) server.closeAll();
    await Promise.all(ending);
  };
  const drain = async () => {
    state.draining = true;
    await host.timers.sleep(limits.drainServeMs);
    // The time may have passed while nobody could look: what has come meanwhile, also on connections that are
    // accepted only now, is read before they count as idle.
    for (let turn = 0; turn < 2; turn++) await host.timers.sleep(0);
    const ending = [...servers.values()].map((server) => server.finish());
    const tooLong = new AbortController();
    const timeUp = host.timers.sleep(limits.drainWorkMs, tooLong.signal);
    await Promise.race([Promise.all(ending), timeUp]);
    tooLong.abort();
    for (const server of servers.values()) server.closeAll();
    await Promise.all(ending);
  };
  return {
    async listen() {
      const mistakes = findListenerMistakes(options.listeners, options.policy);
      if (mistakes.length > 0) throw new Error(`Cannot start the gateway: ${mistakes.join('; ')}.`);
      try {
        return { public: await listenOn('public'), admin: await listenOn('admin') };
      } catch (error) {
        await close();
        throw error;
      }
    },
    drain() {
      drained ??= drain();
      return drained;
    },
    close,
    handle: (listener, request) => edges[listener].open(request).respond(),
    routes: (listener) => listRoutes(edges[listener].options.places),
    gauges: shared.metrics.gauges,
  };
}
