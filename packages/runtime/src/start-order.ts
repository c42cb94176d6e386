import type { Service } from '@portico/service';

/**
 * Services in the order of their dependencies: whoever is used comes before whoever uses it, otherwise
 * the given order stands. Services that use each other start in the given order.
 */
export function inStartOrder<T extends { readonly service: Service }>(
  placed: readonly T[],
): readonly T[] {
  const byName = new Map(placed.map((one) => [one.service.name, one]));
  const visited = new Set<string>();
  const ordered: T[] = [];
  const visit = (one: T) => {
    const { name, spec } = one.service;
    if (visited.has(name)) return;
    visited.add(name);
    for (const used of Object.values(spec.uses ?? {})) {
      const dependency = byName.get(used.name);
      if (dependency) visit(dependency);
    }
    ordered.push(one);
  };
  for (const one of placed) visit(one);
  return ordered;
}
