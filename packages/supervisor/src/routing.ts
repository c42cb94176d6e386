import type { ControlTable } from './control-api.ts';
import type { FleetReplica } from './fleet.ts';

/** What a table is made of. */
export interface RoutingView {
  readonly replicas: readonly FleetReplica[];
  /** Service → groups it is called in; others wherever they run. */
  readonly routes: Readonly<Record<string, readonly string[]>>;
  /** What other machines serve, as the topology says. */
  readonly elsewhere?: ControlTable['services'];
}

/**
 * Who serves what: replicas that are ready, and those that drain, which others have to know. One that is
 * not ready is left out. The newest contract version that somebody serves stands for the service.
 */
export function toServices(view: RoutingView): ControlTable['services'] {
  const { replicas, routes, elsewhere = {} } = view;
  const services: Record<string, { version: string; endpoints: Endpoint[] }> = {};
  for (const [service, { version, endpoints }] of Object.entries(elsewhere))
    services[service] = { version, endpoints: [...endpoints] };
  for (const { name, address, group, services: held, health, versions } of replicas) {
    const { phase } = health;
    if (phase !== 'ready' && phase !== 'draining') continue;
    // Beside its services, a process may answer for itself: it reports the version of that, too.
    for (const service of new Set([...held, ...Object.keys(versions)])) {
      const homes = routes[service];
      if (homes && !homes.includes(group)) continue;
      const version = versions[service] ?? '0.0.0';
      const known = services[service] ?? { version, endpoints: [] };
      known.endpoints.push({ replica: name, address, state: phase });
      if (isNewer(version, known.version)) known.version = version;
      services[service] = known;
    }
  }
  return services;
}

type Endpoint = ControlTable['services'][string]['endpoints'][number];

function isNewer(one: string, other: string): boolean {
  const [left, right] = [one, other].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
