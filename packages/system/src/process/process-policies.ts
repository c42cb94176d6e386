import type { RuntimePolicies } from '@portico/runtime';
import type { PlacedPolicies } from '@portico/supervisor';
import { mergePolicies } from '../topology-policies.ts';
import type { ProcessPolicies } from './start-group.ts';

/**
 * What a topology says of a group's policies, as its processes need it: names and values were checked when the
 * file was read.
 *
 * @param callee - What goes before it.
 */
export function toProcessPolicies(
  placed: PlacedPolicies | undefined,
  callee?: RuntimePolicies,
): ProcessPolicies {
  const given = callee ? { callee: callee as PlacedPolicies[string] } : {};
  return mergePolicies(placed, given) as ProcessPolicies;
}
