import type { PlacedGroup, Placement } from '@portico/supervisor';

/**
 * Refuses a placement that other machines would not know: they dial the ports, and believe the processes, of
 * the topology that they were started with.
 *
 * @param started - What this machine was started with; of the same machines as `next`.
 * @throws {Error} naming the groups that are not as they were.
 */
export function assertFixedParts(started: Placement, next: Placement): void {
  const before = new Map(started.groups.map((group) => [group.name, group]));
  const names = new Set([...before.keys(), ...next.groups.map(({ name }) => name)]);
  const after = new Map(next.groups.map((group) => [group.name, group]));
  const mistakes = [...names].toSorted().flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (!was) return [`${name} is new`];
    if (!is) return [`${name} is gone`];
    if (fixedOf(was) !== fixedOf(is)) return [`${name} holds or listens on something else`];
    return is.replicas.max > was.replicas.max
      ? [`${name} would have more than ${was.replicas.max} replicas`]
      : [];
  });
  if (mistakes.length === 0) return;
  throw new Error(
    `Other machines know the topology that they were started with: ${mistakes.join('; ')}. ` +
      'Stop every machine and start it with the new one.',
  );
}

function fixedOf({ services, gateway, machines, port }: PlacedGroup): string {
  return JSON.stringify([services, gateway, machines, port]);
}
