import type { PlacedGroup, Placement, ReplicaRange } from '../placement.ts';

/** One step of a re-placement. Each leaves the system whole: every service has a ready replica. */
export type ChangeStep =
  /** New replicas of a new group; done when they are ready. */
  | { readonly kind: 'start'; readonly group: PlacedGroup }
  /** Each replica of a group gives way to one of the new shape, started before it is drained. */
  | { readonly kind: 'replace'; readonly group: PlacedGroup; readonly why: readonly string[] }
  /** Callers use the replicas of exactly these groups. */
  | { readonly kind: 'route'; readonly service: string; readonly groups: readonly string[] }
  | { readonly kind: 'scale'; readonly group: string; readonly replicas: ReplicaRange }
  /** The group is drained and gone. */
  | { readonly kind: 'stop'; readonly group: string };

/**
 * The steps from one placement to another without a failed call: what moves is started where it goes,
 * then both places are published, then only the new one, and only then does the old place lose it.
 *
 * @throws {Error} with everything that is no re-placement: another system, listeners bound elsewhere, a
 * store on another engine, a service that exists in one of them only.
 */
export function planChange(before: Placement, after: Placement): readonly ChangeStep[] {
  assertComparable(before, after);
  const old = new Map(before.groups.map((group) => [group.name, group]));
  const next = new Map(after.groups.map((group) => [group.name, group]));
  const moves = movesBetween(before, after);
  const arrivals: ChangeStep[] = [];
  const departures: ChangeStep[] = [];
  const scalings: ChangeStep[] = [];
  for (const wanted of after.groups) {
    const was = old.get(wanted.name);
    if (!was) {
      arrivals.push({ kind: 'start', group: wanted });
      continue;
    }
    // It is replaced one for one; how many there are is a step of its own.
    const group = { ...wanted, replicas: was.replicas };
    const gains = group.services.some((service) => !was.services.includes(service));
    const loses = was.services.filter((service) => !group.services.includes(service));
    const why = differences(was, group);
    if (gains) {
      // While what leaves it is not published elsewhere, it keeps that too.
      const stores = { ...was.stores, ...group.stores };
      const services = [...group.services, ...loses].toSorted();
      arrivals.push({ kind: 'replace', group: { ...group, services, stores }, why });
    }
    if (loses.length > 0) departures.push({ kind: 'replace', group, why });
    else if (!gains && why.length > 0) departures.push({ kind: 'replace', group, why });
    if (!sameRange(was.replicas, wanted.replicas))
      scalings.push({ kind: 'scale', group: wanted.name, replicas: wanted.replicas });
  }
  for (const group of before.groups)
    if (!next.has(group.name)) departures.push({ kind: 'stop', group: group.name });
  return [
    ...arrivals,
    ...moves.map(({ service, from, to }) => route(service, [from, to])),
    ...moves.map(({ service, to }) => route(service, [to])),
    ...departures,
    ...scalings,
  ];
}

/** The plan as people read it before they agree: one line per step, numbered. */
export function describePlan(steps: readonly ChangeStep[]): string {
  if (steps.length === 0) return 'Nothing changes.';
  return steps.map((step, index) => `${index + 1}. ${describeStep(step)}`).join('\n');
}

function describeStep(step: ChangeStep): string {
  switch (step.kind) {
    case 'start': {
      const { name, replicas } = step.group;
      return `start ${name} (${contentOf(step.group)}), ${countOf(replicas)}`;
    }
    case 'replace':
      return `replace the replicas of ${step.group.name} by ones with ${contentOf(step.group)}: ${step.why.join(', ')}`;
    case 'route':
      return `call ${step.service} in ${step.groups.join(' and ')}${step.groups.length === 1 ? ' only' : ''}`;
    case 'scale':
      return `run ${countOf(step.replicas)} of ${step.group}`;
    case 'stop':
      return `drain ${step.group} and end it`;
  }
}

function contentOf(group: PlacedGroup): string {
  const parts = [...(group.gateway ? ['the gateway'] : []), ...group.services];
  return parts.join(', ') || 'nothing';
}

function countOf({ min, max }: ReplicaRange): string {
  if (min !== max) return `${min} to ${max} replicas`;
  return min === 1 ? '1 replica' : `${min} replicas`;
}

const route = (service: string, groups: readonly string[]): ChangeStep => ({
  kind: 'route',
  service,
  groups,
});

const sameRange = (one: ReplicaRange, other: ReplicaRange) =>
  one.min === other.min && one.max === other.max;

interface Move {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

function movesBetween(before: Placement, after: Placement): readonly Move[] {
  const homes = homesOf(before);
  return [...homesOf(after)]
    .map(([service, to]) => ({ service, from: homes.get(service) ?? to, to }))
    .filter(({ from, to }) => from !== to)
    .toSorted((one, other) => (one.service < other.service ? -1 : 1));
}

function homesOf(placement: Placement): ReadonlyMap<string, string> {
  return new Map(
    placement.groups.flatMap(({ name, services }) =>
      services.map((service) => [service, name] as const),
    ),
  );
}

/** What a living process can't take over: everything but the number of replicas. */
function differences(was: PlacedGroup, is: PlacedGroup): readonly string[] {
  const why: string[] = [];
  for (const service of is.services)
    if (!was.services.includes(service)) why.push(`gets ${service}`);
  for (const service of was.services)
    if (!is.services.includes(service)) why.push(`loses ${service}`);
  if (was.gateway !== is.gateway) why.push(is.gateway ? 'gets the gateway' : 'loses the gateway');
  for (const key of ['env', 'limits', 'files', 'policies', 'port', 'machines'] as const) {
    if (canonical(was[key]) !== canonical(is[key])) why.push(`another ${key}`);
  }
  return why;
}

/** Keys in order, so that files that say the same are the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function assertComparable(before: Placement, after: Placement): void {
  const mistakes: string[] = [];
  if (before.system !== after.system)
    mistakes.push(`it is for system "${after.system}", and "${before.system}" is running`);
  for (const listener of ['public', 'admin'] as const) {
    const [from, to] = [before.listeners[listener], after.listeners[listener]];
    if (from !== to)
      mistakes.push(
        `gateway.${listener} moves from ${from} to ${to}: sockets are bound once, at "portico start"`,
      );
  }
  const [homes, targets] = [homesOf(before), homesOf(after)];
  for (const service of homes.keys())
    if (!targets.has(service)) mistakes.push(`service "${service}" is running and placed nowhere`);
  for (const service of targets.keys())
    if (!homes.has(service)) mistakes.push(`service "${service}" is not part of what is running`);
  mistakes.push(...storeMoves(before, after));
  if (mistakes.length === 0) return;
  const list = mistakes.map((mistake) => `  - ${mistake}`).join('\n');
  throw new Error(`Cannot apply this topology:\n${list}`);
}

function storeMoves(before: Placement, after: Placement): readonly string[] {
  const places = (placement: Placement) =>
    new Map(placement.groups.flatMap(({ stores }) => Object.entries(stores)));
  const old = places(before);
  return [...places(after)].flatMap(([service, { engine }]) => {
    const was = old.get(service)?.engine;
    if (was === undefined || was === engine) return [];
    return [`the store of "${service}" moves from ${was} to ${engine}: that is a store move`];
  });
}
