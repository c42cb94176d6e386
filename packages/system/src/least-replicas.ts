import type { PlacedGroup, Placement } from '@portico/supervisor';
import type { System } from './system.ts';

/** Where one may be lost and another one still serves. */
const CRITICAL_MIN = 2;

/** Names of the services with operations of the highest criticality. */
export function criticalServicesOf({ services }: System): ReadonlySet<string> {
  const critical = services.filter(({ api }) =>
    Object.values(api.operations).some(({ criticality }) => criticality === 'critical'),
  );
  return new Set(critical.map(({ name }) => name));
}

/**
 * The same placement, where groups with critical operations have two replicas at least: those that may have
 * several. One that is said to have one has one.
 *
 * @param critical - The services that have such operations.
 */
export function withLeastReplicas(placement: Placement, critical: ReadonlySet<string>): Placement {
  const widen = (group: PlacedGroup): PlacedGroup => {
    const { min, max } = group.replicas;
    const isCritical = group.services.some((service) => critical.has(service));
    if (!isCritical || max < CRITICAL_MIN || min >= CRITICAL_MIN) return group;
    return { ...group, replicas: { min: CRITICAL_MIN, max } };
  };
  return { ...placement, groups: placement.groups.map(widen) };
}
