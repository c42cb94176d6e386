import { surgeOf } from '@portico/supervisor/spi';
import { parseAddress } from './listen-address.ts';
import { SUPERVISOR, TOOLS } from './process/own-groups.ts';
import { replicasOf, type Topology, type TopologyGroup } from './topology-file.ts';
import { mergePolicies, policyMistakes } from './topology-policies.ts';

/** Everything that the parts of a topology say against each other, each with its place. */
export function topologyMistakes(topology: Topology): readonly string[] {
  return [
    ...addressMistakes(topology),
    ...gatewayMistakes(topology),
    ...placeMistakes(topology),
    ...rangeMistakes(topology),
    ...policiesMistakes(topology),
    ...machineMistakes(topology),
    ...portMistakes(topology),
    ...storeMistakes(topology),
    ...accountMistakes(topology),
    ...(topology.supervisor === false ? singleMistakes(topology) : []),
  ];
}

function addressMistakes({ gateway }: Topology): readonly string[] {
  return (['public', 'admin'] as const).flatMap((listener) => {
    try {
      parseAddress(gateway[listener]);
      return [];
    } catch (problem) {
      return [`gateway.${listener}: ${(problem as Error).message}`];
    }
  });
}

function gatewayMistakes({ groups }: Topology): readonly string[] {
  const holders = Object.keys(groups).filter((name) => groups[name]?.gateway);
  if (holders.includes('*'))
    return ['groups.*.gateway: "*" stands for many groups; name the one with the gateway'];
  if (holders.length === 1) return [];
  if (holders.length === 0) return ['groups: none has "gateway": true, so nothing can be called'];
  return [`groups: ${holders.join(' and ')} have "gateway": true; give it to one, with replicas`];
}

/** Every service once: wildcards may not meet, and no name may be given twice. */
function placeMistakes({ groups }: Topology): readonly string[] {
  const mistakes: string[] = [];
  const homes = new Map<string, string>();
  for (const [name, { services, gateway }] of Object.entries(groups)) {
    if (name === '*' && services)
      mistakes.push('groups.*.services: "*" takes every service that no other group names');
    if (name !== '*' && !services?.length && !gateway)
      mistakes.push(`groups.${name}: holds neither services nor the gateway`);
    for (const service of services ?? []) {
      const home = homes.get(service);
      if (home !== undefined)
        mistakes.push(`groups.${name}.services: "${service}" is placed in "${home}" already`);
      homes.set(service, name);
    }
    if (services && services.length > 1 && services.includes('*'))
      mistakes.push(`groups.${name}.services: "*" says all others, and stands alone`);
  }
  const rest = homes.get('*');
  if ('*' in groups && rest !== undefined)
    mistakes.push(`groups.*: group "${rest}" takes all other services already`);
  return mistakes;
}

function rangeMistakes({ groups }: Topology): readonly string[] {
  return Object.entries(groups).flatMap(([name, group]) => {
    const { min, max } = replicasOf(group);
    return min <= max ? [] : [`groups.${name}.replicas: min ${min} is above max ${max}`];
  });
}

function policiesMistakes({ policies, groups }: Topology): readonly string[] {
  const ofGroups = Object.entries(groups).flatMap(([name, group]) =>
    group.policies
      ? policyMistakes(mergePolicies(policies, group.policies), `groups.${name}.policies`)
      : [],
  );
  return [...policyMistakes(policies, 'policies'), ...ofGroups];
}

function machineMistakes({ machines = {}, wire, groups }: Topology): readonly string[] {
  const names = Object.keys(machines);
  const mistakes: string[] = [];
  if (names.length > 1 && !wire)
    mistakes.push('wire.tls: machines talk over TLS only; name the folder with its certificates');
  const hosts = new Map<string, string>();
  for (const [machine, host] of Object.entries(machines)) {
    const other = hosts.get(host);
    if (other !== undefined) mistakes.push(`machines.${machine}: ${host} is "${other}" already`);
    hosts.set(host, machine);
  }
  for (const [name, group] of Object.entries(groups)) {
    for (const machine of group.on ?? []) {
      const replica = `${name}-${machine}-${replicasOf(group).max}`;
      if (names.length > 1 && replica.length > REPLICA_NAME_MAX)
        mistakes.push(`groups.${name}: "${replica}" is above ${REPLICA_NAME_MAX} characters`);
    }
    if (names.length > 1 && OWN_GROUPS.includes(name))
      mistakes.push(`groups.${name}: Portico's own processes are called so; choose another name`);
    for (const machine of group.on ?? [])
      if (!names.includes(machine)) mistakes.push(`groups.${name}.on: no machine "${machine}"`);
    if (new Set(group.on).size < (group.on?.length ?? 0))
      mistakes.push(`groups.${name}.on: a machine is named twice`);
    if (names.length < 2) continue;
    if (name === '*') {
      mistakes.push('groups.*: between machines each group needs a port of its own; name them');
      continue;
    }
    if (!group.on) mistakes.push(`groups.${name}.on: say on which of ${names.join(', ')}`);
    if (group.port === undefined)
      mistakes.push(`groups.${name}.port: between machines its replicas need ports`);
  }
  return mistakes;
}

/** The names of replicas are those of sockets, in a directory of 40 characters (unix(7): 107 in all). */
const REPLICA_NAME_MAX = 60;
/** Between machines nobody may pose as these. */
const OWN_GROUPS: readonly string[] = [TOOLS, SUPERVISOR];

interface PortRange {
  readonly place: string;
  readonly from: number;
  readonly to: number;
}

/** The ports of a group: one for each replica, and for those beside them while they are replaced. */
function portsOf(name: string, group: TopologyGroup): readonly PortRange[] {
  if (group.port === undefined) return [];
  const { max } = replicasOf(group);
  const to = group.port + max + surgeOf(max) - 1;
  return [{ place: `groups.${name}.port`, from: group.port, to }];
}

function portMistakes({ gateway, groups, machines = {} }: Topology): readonly string[] {
  const mistakes: string[] = [];
  const [only] = Object.keys(machines);
  const placesOf = (group: TopologyGroup) => group.on ?? [only ?? 'this machine'];
  const byMachine = new Map<string, PortRange[]>();
  const add = (machine: string, range: PortRange) => {
    const others = byMachine.get(machine) ?? [];
    for (const other of others) {
      if (range.from > other.to || other.from > range.to || range.from === 0) continue;
      const message = `${range.place}: ports ${range.from}–${range.to} meet ${other.place} (${other.from}–${other.to})`;
      if (!mistakes.includes(message)) mistakes.push(message);
    }
    byMachine.set(machine, [...others, range]);
  };
  for (const [name, group] of Object.entries(groups)) {
    if (group.gateway) {
      for (const machine of placesOf(group))
        for (const listener of ['public', 'admin'] as const) {
          const port = Number(gateway[listener].slice(gateway[listener].lastIndexOf(':') + 1));
          add(machine, { place: `gateway.${listener}`, from: port, to: port });
        }
    }
    if (name === '*' && group.port !== undefined)
      mistakes.push('groups.*.port: "*" stands for many groups, which can not share ports');
    for (const range of portsOf(name, group)) {
      if (range.to > 65_535) mistakes.push(`${range.place}: its last port would be ${range.to}`);
      if (name !== '*') for (const machine of placesOf(group)) add(machine, range);
    }
  }
  return mistakes;
}

function storeMistakes({ stores, events }: Topology): readonly string[] {
  const mistakes: string[] = [];
  if (!stores['*']) mistakes.push('stores: needs "*", the engine of every other store');
  for (const [name, { engine, secret }] of Object.entries(stores)) {
    if (engine === 'postgres')
      mistakes.push(`stores.${name}.engine: postgres comes with the PostgreSQL driver`);
    else if (secret !== undefined)
      mistakes.push(`stores.${name}.secret: ${engine} opens a file and needs none`);
  }
  if (events?.engine === 'jetstream')
    mistakes.push('events.engine: jetstream comes with the NATS driver');
  else if (events?.servers) mistakes.push('events.servers: events in stores have no servers');
  return mistakes;
}

/** Sockets and logs belong to one account, and nobody else can open them. */
function accountMistakes({ groups }: Topology): readonly string[] {
  return Object.entries(groups).flatMap(([name, { user }]) =>
    user === undefined
      ? []
      : [
          `groups.${name}.user: replicas share the account of their supervisor; start it as ${user}`,
        ],
  );
}

/** One process without a supervisor: nobody could start, place or limit a second one. */
function singleMistakes({ groups, machines, wire }: Topology): readonly string[] {
  const mistakes: string[] = [];
  const names = Object.keys(groups);
  if (names.length !== 1)
    mistakes.push(
      `groups: without a supervisor there is one process, and it names ${names.length} process groups`,
    );
  if (machines)
    mistakes.push('machines: without a supervisor there is one process, on this machine');
  if (wire) mistakes.push('wire: one process calls nobody over it');
  for (const [name, group] of Object.entries(groups)) {
    const place = `groups.${name}`;
    if (names.length === 1 && !group.services?.includes('*'))
      mistakes.push(`${place}.services: must be ["*"], because no other process has the rest`);
    for (const key of ['replicas', 'on', 'port', 'env', 'limits'] as const)
      if (group[key] !== undefined)
        mistakes.push(`${place}.${key}: only a supervisor can see to it; drop "supervisor": false`);
  }
  return mistakes;
}
