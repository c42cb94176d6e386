import type { Service } from '@portico/service';
import type { Execute, Route } from './call.ts';
import { Entry } from './entry.ts';
import { HandlerContext } from './handler-context.ts';
import type { Invocation } from './invocation.ts';
import { onceByKey } from './once-by-key.ts';
import type { Placement } from './placement.ts';
import { type CreateUses, createUsesFactory, type Lookup } from './uses.ts';

type Handler = (input: unknown, context: unknown) => unknown;

/** A service of this process with what runs its handlers. */
export interface PlacedRoutes {
  readonly placement: Placement;
  readonly routes: readonly Route[];
  /** Finds what serves the calls of this service. */
  readonly lookup: Lookup;
  /** The context of a job or hook. */
  createContext(invocation: Invocation): HandlerContext;
}

/** The routes of one service. Its clients look routes up call by call, so services may use each other. */
export function createRoutes(placement: Placement, lookup: Lookup): PlacedRoutes {
  const { api, spec } = placement.service;
  const createUses = createUsesFactory(spec.uses ?? {}, lookup);
  const handlers = spec.operations as Readonly<Record<string, Handler>>;
  const routes = Object.values(api.operations).map((operation): Route => {
    const handler = handlers[operation.name];
    if (!handler) throw new Error(`${operation.id} has no handler.`);
    const entry = new Entry(placement, operation);
    return { entry, execute: withPolicies(entry, toExecute(handler, createUses)) };
  });
  return {
    placement,
    routes,
    lookup,
    createContext: (invocation) => new HandlerContext(invocation, createUses),
  };
}

/** Everything around a handler that is not the same for all operations, outermost first. */
function withPolicies(entry: Entry, handler: Execute): Execute {
  return entry.keyed ? onceByKey(handler) : handler;
}

function toExecute(handler: Handler, createUses: CreateUses): Execute {
  return (input, invocation) => handler(input, new HandlerContext(invocation, createUses));
}

/**
 * What can't run as it is composed: every mistake of every service, as sentences. `isAlone`: no other
 * process has services of this system.
 */
export function placementMistakes(
  placed: readonly { readonly service: Service; readonly store: unknown }[],
  isAlone: boolean,
): readonly string[] {
  const byName = new Map(placed.map(({ service }) => [service.name, service]));
  const mistakes: string[] = [];
  if (byName.size < placed.length) mistakes.push('A service is placed twice.');
  for (const { service, store } of placed) {
    const { name, api, spec } = service;
    const keyed = Object.values(api.operations).filter(({ effect }) => effect === 'keyed');
    if (keyed.length > 0 && store === undefined) {
      const list = keyed.map((operation) => operation.name).join(', ');
      mistakes.push(`"${name}" has keyed operations (${list}), so it needs a store.`);
    }
    for (const operation of keyed) {
      if (operation.undoes === undefined || !operation.output) continue;
      mistakes.push(`${operation.id} undoes another operation, so it can't have an output.`);
    }
    for (const [alias, used] of Object.entries(spec.uses ?? {})) {
      const found = byName.get(used.name);
      if (!found && !isAlone) continue;
      mistakes.push(...dependencyMistakes(name, alias, { used, found }));
    }
  }
  return mistakes;
}

function dependencyMistakes(
  name: string,
  alias: string,
  { used, found }: { readonly used: Service['api']; readonly found: Service | undefined },
): readonly string[] {
  if (!found) return [`"${name}" uses "${used.name}" (as "${alias}"), which is placed nowhere.`];
  const { api } = found;
  if (api.major !== used.major) {
    return [`"${name}" uses ${used.name} ${used.version}, but ${api.version} is placed.`];
  }
  return Object.values(used.operations)
    .filter((operation) => !Object.hasOwn(api.operations, operation.name))
    .map(({ id }) => `"${name}" uses ${id}, which ${used.name} ${api.version} does not have.`);
}
