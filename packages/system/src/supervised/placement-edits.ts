import type { PlacedGroup, Placement, ReplicaRange } from '@portico/supervisor';

/** The same placement with another range of replicas for a group. @throws {Error} for an unknown group. */
export function withRange(placement: Placement, group: string, replicas: ReplicaRange): Placement {
  groupNamed(placement, group);
  if (replicas.max < replicas.min) throw new Error('The most replicas are fewer than the least.');
  const groups = placement.groups.map((one) => (one.name === group ? { ...one, replicas } : one));
  return { ...placement, groups };
}

/**
 * The same placement with a service in another group: one that is there, or a new one with the settings of
 * the group that it comes from and one replica. A group that is left empty is gone.
 *
 * @throws {Error} for an unknown service, and for one that is there already.
 */
export function withMove(placement: Placement, service: string, to: string): Placement {
  const from = placement.groups.find(({ services }) => services.includes(service));
  if (!from) {
    // In the middle of a move that is undone, one is in two groups.
    const names = new Set(placement.groups.flatMap(({ services }) => services).toSorted());
    throw new Error(`There is no service "${service}"; there are ${[...names].join(', ')}.`);
  }
  if (from.name === to) throw new Error(`"${service}" is in group "${to}" already.`);
  const target = placement.groups.find(({ name }) => name === to) ?? emptyLike(from, to);
  const place = from.stores[service];
  const { [service]: _, ...stores } = from.stores;
  const left = { ...from, services: from.services.filter((one) => one !== service), stores };
  const joined = {
    ...target,
    services: [...target.services, service].toSorted(),
    stores: { ...target.stores, ...(place ? { [service]: place } : {}) },
  };
  const others = placement.groups.filter(({ name }) => name !== from.name && name !== to);
  const kept = left.services.length > 0 || left.gateway ? [left] : [];
  const groups = [...others, ...kept, joined];
  return { ...placement, groups: groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** A port of its own is nothing to guess: between machines, a new group takes a topology file. */
function emptyLike(group: PlacedGroup, name: string): PlacedGroup {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new Error(`"${name}" is no name for a group: kebab-case, at most 63 characters.`);
  if (group.port !== undefined)
    throw new Error(`There is no group "${name}", and a new one needs ports: apply a topology.`);
  return { ...group, name, gateway: false, services: [], stores: {}, replicas: { min: 1, max: 1 } };
}

function groupNamed(placement: Placement, name: string): PlacedGroup {
  const found = placement.groups.find((group) => group.name === name);
  if (found) return found;
  const names = placement.groups.map((group) => group.name).join(', ');
  throw new Error(`There is no group "${name}"; there are ${names}.`);
}
