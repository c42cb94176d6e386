import type { Topology } from '../topology-file.ts';

/**
 * Which of the machines of a topology this one is: `undefined` where it is the only one, and nothing has to be
 * told apart.
 *
 * @param given - As the operator named it, if he did.
 * @throws {Error} when a name is missing, unknown or about nothing.
 */
export function chooseMachine(topology: Topology, given: string | undefined): string | undefined {
  const { machines = {}, groups } = topology;
  const names = Object.keys(machines);
  const all = names.join(', ');
  if (given === undefined) {
    if (names.length < 2) return undefined;
    throw new Error(
      `The topology has the machines ${all}. Say which one this is: --machine ${names[0]}`,
    );
  }
  if (names.length === 0)
    throw new Error(`--machine ${given}: the topology names no machines. Leave it out.`);
  if (!names.includes(given))
    throw new Error(`--machine ${given}: the topology has no such machine, only ${all}.`);
  if (names.length < 2) return undefined;
  if (!Object.values(groups).some(({ on = [] }) => on.includes(given)))
    throw new Error(`--machine ${given}: no group is on it. Name it under "on" of a group.`);
  return given;
}
