import type { PlacedGroup } from '../placement.ts';

/**
 * Groups in the order of their services' dependencies: a group comes behind those whose services its own
 * use, the gateway last; groups that use each other stay in the given order. To stop, reverse it.
 *
 * @param uses - Service → names of the APIs that it calls.
 */
export function inStartOrder(
  groups: readonly PlacedGroup[],
  uses: Readonly<Record<string, readonly string[]>>,
): readonly PlacedGroup[] {
  const homes = new Map(
    groups.flatMap((group) => group.services.map((service) => [service, group] as const)),
  );
  const visited = new Set<string>();
  const ordered: PlacedGroup[] = [];
  const visit = (group: PlacedGroup) => {
    if (visited.has(group.name)) return;
    visited.add(group.name);
    for (const service of group.services)
      for (const used of uses[service] ?? []) {
        const home = homes.get(used);
        if (home) visit(home);
      }
    ordered.push(group);
  };
  const edgeLast = groups.toSorted((one, other) => Number(one.gateway) - Number(other.gateway));
  for (const group of edgeLast) visit(group);
  return ordered;
}
