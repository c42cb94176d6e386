import type { Service } from '@portico/service';

/** What is to be placed. */
interface Placed {
  readonly service: Service;
  readonly store: unknown;
}

/**
 * Why events can't be delivered as services are composed: every mistake, as sentences. `isAlone`: no
 * other process has services of this system.
 */
export function hearingMistakes(placed: readonly Placed[], isAlone: boolean): readonly string[] {
  const byName = new Map(placed.map((one) => [one.service.name, one.service]));
  const mistakes: string[] = [];
  for (const { service, store } of placed) {
    const { name, spec } = service;
    const handled = new Set<string>();
    for (const [alias, handlers] of Object.entries(spec.on ?? {})) {
      const heard = spec.hears?.[alias];
      if (!heard) continue;
      if (store === undefined) {
        mistakes.push(`"${name}" handles events of "${heard.name}", so it needs a store.`);
      }
      const found = byName.get(heard.name);
      if (!found && isAlone) {
        mistakes.push(`"${name}" hears "${heard.name}" (as "${alias}"), which is placed nowhere.`);
      }
      for (const event of Object.keys(handlers ?? {})) {
        const id = `${heard.name}.${event}`;
        if (handled.has(id)) mistakes.push(`"${name}" handles ${id} twice.`);
        handled.add(id);
        if (found && !Object.hasOwn(found.api.events, event)) {
          mistakes.push(`"${name}" hears ${id}, which ${found.api.version} does not have.`);
        }
      }
    }
  }
  return mistakes;
}
