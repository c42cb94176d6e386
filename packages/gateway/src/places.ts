import type { Api, Operation } from '@portico/contract';
import type { Binding, PublishedSystem, Route } from '@portico/service/spi';
import type { ListenerName } from './options.ts';

/** All that answers on one path: a resource. */
export interface Place {
  readonly path: string;
  /** By method. HEAD is served by GET where it has no route of its own. */
  readonly routes: ReadonlyMap<string, BoundRoute>;
  /** For `Allow`: sorted, with HEAD and OPTIONS. */
  readonly allow: readonly string[];
}

/** A route and whose it is. */
export interface BoundRoute {
  readonly route: Route;
  /** The binding's name; `platform` for the gateway's own. */
  readonly binding: string;
}

/** One line of what a listener serves. */
export interface RouteListing {
  readonly method: string;
  readonly path: string;
  readonly label: string;
  readonly binding: string;
}

const EXPOSED: Readonly<Record<ListenerName, readonly string[]>> = {
  public: ['public', 'partner'],
  admin: ['admin'],
};

/** Whether an operation exists on a listener at all. Internal ones exist on none. */
export function isPublishedOn(listener: ListenerName, operation: Operation): boolean {
  return EXPOSED[listener].includes(operation.exposure);
}

/** What one listener serves of a system's APIs. */
export function toPublishedSystem(
  name: string,
  apis: readonly Api[],
  listener: ListenerName,
): PublishedSystem {
  const published = apis.map((api) => ({
    api,
    operations: Object.values(api.operations).filter((each) => isPublishedOn(listener, each)),
  }));
  return { name, apis: published.filter(({ operations }) => operations.length > 0) };
}

/** The routes of bindings, each with its binding's name. */
export function bindRoutes(bindings: readonly Binding[], system: PublishedSystem): BoundRoute[] {
  return bindings.flatMap((binding) =>
    binding.routes(system).map((route) => ({ route, binding: binding.name })),
  );
}

/**
 * Routes gathered by path.
 *
 * @throws {Error} when two routes answer the same method on the same path.
 */
export function toPlaces(routes: readonly BoundRoute[]): ReadonlyMap<string, Place> {
  const byPath = new Map<string, Map<string, BoundRoute>>();
  for (const bound of routes) {
    const { method, path, label } = bound.route;
    const methods = byPath.get(path) ?? new Map<string, BoundRoute>();
    const other = methods.get(method);
    if (other) throw new Error(`Both ${other.route.label} and ${label} are at ${method} ${path}.`);
    byPath.set(path, methods.set(method, bound));
  }
  return new Map([...byPath].map(([path, methods]) => [path, toPlace(path, methods)]));
}

function toPlace(path: string, routes: ReadonlyMap<string, BoundRoute>): Place {
  const methods = new Set([...routes.keys(), 'OPTIONS']);
  if (methods.has('GET')) methods.add('HEAD');
  return { path, routes, allow: [...methods].sort() };
}

/** What a listener serves, for comparison with what contracts declare. */
export function listRoutes(places: ReadonlyMap<string, Place>): RouteListing[] {
  return [...places.values()].flatMap(({ path, routes }) =>
    [...routes].map(([method, { route, binding }]) => ({
      method,
      path,
      label: route.label,
      binding,
    })),
  );
}
