import { type Authenticator, createAuthenticator } from './authentication/authenticator.ts';
import { createFetchKeys } from './authentication/fetch-keys.ts';
import { createIssuerKeys } from './authentication/issuer-keys.ts';
import { toKeyPrefix } from './authentication/key-format.ts';
import { createRoles } from './authentication/permissions.ts';
import { createThrottle } from './authentication/throttle.ts';
import { createTokenVerifier } from './authentication/token.ts';
import { Edge } from './edge.ts';
import type { EdgeOptions } from './edge-context.ts';
import { createAddressBook } from './http/address.ts';
import { createBodyReader } from './http/body.ts';
import { createCors } from './http/cors.ts';
import type { HttpLimits } from './http/limits.ts';
import { toHostPart } from './listen-checks.ts';
import type { GatewayOptions, ListenerName, Readiness } from './options.ts';
import { bindRoutes, toPlaces, toPublishedSystem } from './places.ts';
import { createAccessLog } from './platform/access-log.ts';
import { createRequestMetrics } from './platform/metrics.ts';
import { createAdminRoutes, createPublicRoutes } from './platform/platform-routes.ts';

/** What both listeners of a gateway use. */
export type SharedParts = Pick<
  EdgeOptions,
  | 'realm'
  | 'host'
  | 'log'
  | 'limits'
  | 'bindings'
  | 'dispatcher'
  | 'authenticator'
  | 'addresses'
  | 'bodies'
  | 'accessLog'
  | 'metrics'
  | 'draining'
>;

/** @throws {Error} for a policy that cannot work, with the entry. */
export function createSharedParts(
  options: GatewayOptions,
  limits: HttpLimits,
  draining: () => boolean,
): SharedParts {
  const { host, log, accessLog = log } = options;
  return {
    realm: options.system,
    host,
    log,
    limits,
    bindings: options.bindings,
    dispatcher: options.dispatcher,
    authenticator: createSystemAuthenticator(options),
    addresses: createAddressBook(options.policy.trustedProxies),
    bodies: createBodyReader(host, limits),
    accessLog: createAccessLog(accessLog === false ? undefined : accessLog),
    metrics: createRequestMetrics({
      ...(options.gauges ? { gauges: options.gauges } : {}),
      ...(options.process === undefined ? {} : { process: options.process }),
    }),
    draining,
  };
}

function createSystemAuthenticator(options: GatewayOptions): Authenticator {
  const { system, host, log, policy, apis, dispatcher } = options;
  const { clock } = host;
  const issuers = policy.issuers.map((issuer) => {
    const fetchKeys = createFetchKeys(issuer.keys, { host, dispatcher });
    const keys = createIssuerKeys({ issuer: issuer.issuer, fetchKeys, clock, log });
    return { issuer, keys };
  });
  return createAuthenticator({
    keyPrefix: toKeyPrefix(system),
    keys: policy.keys,
    tokens: createTokenVerifier({ issuers, roles: createRoles(policy.roles, apis), clock }),
    throttle: createThrottle(clock),
    clock,
  });
}

/** One listener: the routes of what is published on it, and the gateway's own. */
export function createEdge(
  listener: ListenerName,
  options: GatewayOptions,
  shared: SharedParts,
): Edge {
  const { bindings, policy } = options;
  const system = toPublishedSystem(options.system, options.apis, listener);
  const platform = {
    system: options.system,
    documents: bindings.flatMap((binding) => binding.documents(system)),
    readiness: async (): Promise<Readiness> =>
      shared.draining() ? { ready: false, checks: 'draining' } : options.readiness(),
    metrics: shared.metrics,
  };
  const own = listener === 'public' ? createPublicRoutes(platform) : createAdminRoutes(platform);
  const edge = new Edge({
    ...shared,
    listener,
    places: toPlaces([
      ...own.map((route) => ({ route, binding: 'platform' })),
      ...bindRoutes(bindings, system),
    ]),
    cors: listener === 'public' && policy.cors ? createCors(policy.cors) : undefined,
  });
  const { host, port } = options.listeners[listener];
  edge.authority = `${toHostPart(host)}:${port}`;
  return edge;
}
