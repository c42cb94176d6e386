import { Operator } from '@portico/administration';
import type { ControlTable, PlacedGroup, Placement, Site } from '@portico/supervisor';
import { surgeOf } from '@portico/supervisor/spi';
import { Platform } from '../platform/platform-api.ts';
import type { System } from '../system.ts';
import type { Topology } from '../topology-file.ts';

/** The part of a placement that is on one machine. */
export function groupsOn(placement: Placement, machine: string): Placement {
  const groups = placement.groups.filter(({ machines }) => machines.includes(machine));
  return { ...placement, groups };
}

/** A machine as the others know it. */
export function siteOf({ machines = {} }: Topology, machine: string): Site {
  return { machine, host: toUrlHost(machines[machine] ?? '') };
}

/**
 * What other machines serve: every place at which a replica may listen there, those beside a full group
 * included. Whether one does is seen when it is dialled.
 *
 * @param placement - Of all machines.
 */
export function servedElsewhere(
  { apis }: Pick<System, 'apis'>,
  { topology, placement, machine }: MachineView,
): ControlTable['services'] {
  const versions = new Map(
    [...apis, Operator, Platform].map(({ name, version }) => [name, version]),
  );
  const found: Record<string, { version: string; endpoints: Endpoint[] }> = {};
  for (const group of placement.groups) {
    const endpoints = group.machines.flatMap((other) =>
      other === machine ? [] : placesOf(group, siteOf(topology, other)),
    );
    if (endpoints.length === 0) continue;
    for (const service of [...group.services, Platform.name]) {
      const known = found[service] ?? { version: versions.get(service) ?? '0.0.0', endpoints: [] };
      known.endpoints.push(...endpoints);
      found[service] = known;
    }
  }
  return found;
}

/** Services that this machine does not have. */
export function servicesElsewhere({ placement, machine }: MachineView): readonly string[] {
  const here = new Set(groupsOn(placement, machine).groups.flatMap(({ services }) => services));
  const all = placement.groups.flatMap(({ services }) => services);
  return all.filter((service) => !here.has(service));
}

/** A system as one of its machines sees it. */
export interface MachineView {
  readonly topology: Topology;
  /** Of all machines. */
  readonly placement: Placement;
  /** This one. */
  readonly machine: string;
}

type Endpoint = ControlTable['services'][string]['endpoints'][number];

function placesOf({ name, port = 0, replicas }: PlacedGroup, site: Site): readonly Endpoint[] {
  const count = replicas.max + surgeOf(replicas.max);
  return Array.from({ length: count }, (_, number) => ({
    replica: `${name}-${site.machine}-${number}`,
    address: `${site.host}:${port + number}`,
    state: 'ready',
    static: true,
  }));
}

/** IPv6 addresses stand in brackets before a port (RFC 3986 §3.2.2). */
function toUrlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
