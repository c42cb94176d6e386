import type { RemoteRoute, Route } from '../call.ts';
import type { RemoteCaller } from '../policies/remote-caller.ts';
import type { Lookup } from '../uses.ts';
import type { RemoteServices } from './remote-services.ts';

/**
 * Asked at every call: a service of this process that is ready, else whatever process the routing table
 * names, else the one that is here and not ready, which then says why.
 */
export function createLookup(
  table: ReadonlyMap<string, Route>,
  remote: Pick<RemoteServices, 'callerOf'> | undefined,
): Lookup {
  if (!remote) return (operation) => table.get(operation.id);
  const routes = new WeakMap<RemoteCaller, RemoteRoute>();
  const routeOf = (caller: RemoteCaller): RemoteRoute => {
    let route = routes.get(caller);
    if (!route) {
      route = { entry: undefined, remote: caller };
      routes.set(caller, route);
    }
    return route;
  };
  return (operation) => {
    const here = table.get(operation.id);
    if (here?.entry.placement.serving) return here;
    const caller = remote.callerOf(operation.api);
    return caller ? routeOf(caller) : here;
  };
}
