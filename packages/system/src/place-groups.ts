import type { PlacedGroup, Placement, StorePlace } from '@portico/supervisor';
import { parseMemory, replicasOf, type Topology, type TopologyGroup } from './topology-file.ts';
import { mergePolicies } from './topology-policies.ts';

/** What `"@administration"` in a topology stands for, as far as a system has them. */
export const administrationServices: readonly string[] = [
  'access',
  'operator',
  'usage',
  'webhooks',
];

/**
 * Applies a topology to the services that exist: wildcards become names, defaults become values.
 *
 * @param stateless - Services without a store: these may run on several machines whatever the engine.
 * @throws {Error} with every mistake and its place: a service placed nowhere or unknown, a SQLite store
 * on two machines.
 */
export function placeGroups(
  topology: Topology,
  services: readonly string[],
  stateless: readonly string[] = [],
): Placement {
  const contents = contentsOf(topology, services);
  const groups = [...contents].map(([name, members]) =>
    toGroup(topology, { name, members: members.toSorted(), stateless }),
  );
  const mistakes = [...serviceMistakes(topology, services), ...contentMistakes(groups)];
  if (mistakes.length > 0) {
    const list = mistakes.map((mistake) => `  - ${mistake}`).join('\n');
    throw new Error(`Cannot place the services of "${topology.system}":\n${list}`);
  }
  const { public: open, admin } = topology.gateway;
  return {
    system: topology.system,
    listeners: { public: open, admin },
    groups: groups.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  };
}

/** Group → its services, with nothing left to interpret. */
function contentsOf(
  topology: Topology,
  services: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const platform = services.filter((service) => administrationServices.includes(service));
  const contents = new Map<string, readonly string[]>();
  for (const [name, group] of Object.entries(topology.groups)) {
    if (name === '*') continue;
    const members = (group.services ?? []).flatMap((service) => {
      if (service === '@administration') return platform;
      return services.includes(service) ? [service] : [];
    });
    contents.set(name, [...new Set(members)]);
  }
  const named = new Set([...contents.values()].flat());
  const rest = services.filter((service) => !named.has(service));
  for (const [name, group] of Object.entries(topology.groups)) {
    if (name === '*') for (const service of rest) contents.set(service, [service]);
    else if (group.services?.includes('*')) contents.set(name, rest);
  }
  return contents;
}

interface Content {
  readonly name: string;
  readonly members: readonly string[];
  readonly stateless: readonly string[];
}

function toGroup(topology: Topology, { name, members, stateless }: Content): PlacedGroup {
  const group: TopologyGroup = topology.groups[name] ?? topology.groups['*'] ?? {};
  const stores: Record<string, StorePlace> = {};
  for (const service of members) {
    const { engine, secret } = topology.stores[service] ?? topology.stores['*'] ?? { engine: '' };
    if (stateless.includes(service)) continue;
    stores[service] = { engine, ...(secret === undefined ? {} : { secret }) };
  }
  const { memory, nice } = group.limits ?? {};
  const policies = mergePolicies(topology.policies, group.policies);
  return {
    name,
    gateway: group.gateway === true,
    services: members,
    replicas: replicasOf(group),
    machines: group.on ?? Object.keys(topology.machines ?? {}).slice(0, 1),
    ...(group.port === undefined ? {} : { port: group.port }),
    env: group.env ?? {},
    ...(group.files ? { files: dropAbsent(group.files) } : {}),
    ...(Object.keys(policies).length > 0 ? { policies } : {}),
    limits: {
      ...(memory === undefined ? {} : { memoryBytes: parseMemory(memory) }),
      ...(nice === undefined ? {} : { nice }),
    },
    stores,
  };
}

function serviceMistakes(topology: Topology, services: readonly string[]): readonly string[] {
  const { groups, stores } = topology;
  const mistakes: string[] = [];
  const isWildcard = (name: string) => name === '*' || name === '@administration';
  const known = `there are ${services.join(', ')}`;
  const named = new Set<string>();
  for (const [name, group] of Object.entries(groups))
    for (const service of group.services ?? []) {
      named.add(service);
      if (!isWildcard(service) && !services.includes(service))
        mistakes.push(`groups.${name}.services: no service "${service}"; ${known}`);
    }
  for (const service of Object.keys(stores))
    if (!isWildcard(service) && !services.includes(service))
      mistakes.push(`stores.${service}: no such service; ${known}`);
  for (const service of services) {
    const isPlatform = administrationServices.includes(service) && named.has('@administration');
    if (named.has(service) || isPlatform) continue;
    if ('*' in groups && service in groups)
      mistakes.push(`groups.${service}: "*" makes a group of that name; call this one otherwise`);
    if (!('*' in groups) && !named.has('*'))
      mistakes.push(`groups: service "${service}" is placed nowhere; name it, or add "*": {}`);
  }
  return mistakes;
}

function contentMistakes(groups: readonly PlacedGroup[]): readonly string[] {
  const mistakes: string[] = [];
  const homes = new Map<string, string>();
  for (const { name, services, machines, stores, gateway } of groups) {
    if (services.length === 0 && !gateway)
      mistakes.push(`groups.${name}.services: nothing is left for it`);
    for (const service of services) {
      const home = homes.get(service);
      if (home !== undefined)
        mistakes.push(`groups.${name}.services: "${service}" is placed in "${home}" already`);
      homes.set(service, name);
      if (machines.length > 1 && stores[service]?.engine === 'sqlite')
        mistakes.push(
          `groups.${name}.on: "${service}" keeps its store in a file (sqlite), on one machine only`,
        );
    }
  }
  return mistakes;
}

/** Without the keys that are there and say nothing. */
function dropAbsent({ read, write }: NonNullable<TopologyGroup['files']>) {
  return { ...(read ? { read } : {}), ...(write ? { write } : {}) };
}
