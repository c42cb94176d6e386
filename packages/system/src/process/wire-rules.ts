import { Operator } from '@portico/administration';
import type { Operation } from '@portico/contract';
import type { Peer } from '@portico/wire';
import { Platform } from '../platform/platform-api.ts';
import type { System } from '../system.ts';
import { TOOLS } from './own-groups.ts';

/** Whether a peer may call an operation in the name of the service `from`. */
export type Allows = (peer: Peer, from: string | undefined, operation: Operation) => boolean;

/**
 * Who may call what over the wire: a gateway what it publishes, a service the APIs in its `uses` and the
 * events of those in its `hears`, the operator what operators ask. That a peer may speak for `from` has
 * been seen to; what the caller may is the dispatcher's business.
 */
export function createWireRules(system: System): Allows {
  const reached = new Map<string, ReadonlySet<string>>();
  for (const { name, spec } of system.services) {
    const used = Object.values(spec.uses ?? {}).map((api) => api.name);
    const ofSagas = Object.values(spec.sagas ?? {}).flatMap(({ uses }) =>
      Object.values(uses).map((api) => api.name),
    );
    reached.set(name, new Set([...used, ...ofSagas]));
  }
  const hearing = new Set(
    system.services.filter(({ spec }) => spec.hears !== undefined).map(({ name }) => name),
  );
  return (peer, from, operation) => {
    const isTool = peer.group === TOOLS && peer.mints;
    if (operation.api === Platform.name) {
      if (from === undefined || isTool) return false;
      if (operation.id === Platform.operations.fetchEvents.id) return hearing.has(from);
      // What a gateway shows in its `/metrics`, it asks in no service's name.
      if (operation.id === Platform.operations.readGauges.id)
        return peer.gateway && from === Platform.name;
      return from === Operator.name;
    }
    if (from === undefined) return peer.gateway && operation.exposure !== 'internal';
    // What tools of the same installation do, they do in the name of a service: seeds, tests.
    if (isTool) return true;
    return reached.get(from)?.has(operation.api) === true;
  };
}
