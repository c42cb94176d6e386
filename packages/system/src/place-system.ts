import { Operator } from '@portico/administration';
import type { Placement } from '@portico/supervisor';
import { placeGroups } from './place-groups.ts';
import type { System } from './system.ts';
import type { Topology } from './topology-file.ts';

/**
 * Applies a topology to the services of a system and to Portico's own.
 *
 * @throws {Error} with every mistake and its place, as `placeGroups` does.
 */
export function placeSystem(system: Pick<System, 'services'>, topology: Topology): Placement {
  const names = system.services.map(({ name }) => name);
  const stateless = system.services.flatMap(({ name, spec }) => (spec.store ? [] : [name]));
  return placeGroups(topology, [Operator.name, ...names], [Operator.name, ...stateless]);
}
