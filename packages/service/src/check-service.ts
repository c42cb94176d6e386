import type { Api } from '@portico/contract';
import { parsePeriod } from './period.ts';
import type { AnyServiceSpec } from './service-spec.ts';

/**
 * What types can't rule out in plain JavaScript, or in a spec put together at run time.
 * @throws {Error} with all mistakes of a service, one a line.
 */
export function assertServiceSpec(api: Api, spec: AnyServiceSpec): void {
  const mistakes = [
    ...operationMistakes(api, spec),
    ...usesMistakes(api, spec),
    ...eventMistakes(spec),
    ...jobMistakes(spec),
    ...sagaMistakes(api, spec),
  ];
  if (mistakes.length === 0) return;
  const list = mistakes.map((mistake) => `\n  - ${mistake}`).join('');
  throw new Error(`The service "${api.name}" can't be defined:${list}`);
}

function operationMistakes(api: Api, spec: AnyServiceSpec): readonly string[] {
  const handlers: Readonly<Record<string, unknown>> = spec.operations;
  const missing = Object.values(api.operations)
    .filter(({ name }) => typeof own(handlers, name) !== 'function')
    .map(({ name }) => `operations.${name}: the contract has this operation, write its handler.`);
  const surplus = Object.keys(handlers)
    .filter((name) => own(api.operations, name) === undefined)
    .map((name) => `operations.${name}: the contract "${api.name}" has no such operation.`);
  const unkept = Object.values(api.operations)
    .filter(({ effect }) => effect === 'keyed' && spec.store === undefined)
    .map(
      ({ name }) => `operations.${name}: is keyed, so the service needs a store for its outcomes.`,
    );
  return [...missing, ...surplus, ...unkept];
}

function usesMistakes(api: Api, spec: AnyServiceSpec): readonly string[] {
  return Object.entries(spec.uses ?? {})
    .filter(([, used]) => used.name === api.name)
    .map(([name]) => `uses.${name}: a service calls its own functions, not its own operations.`);
}

function eventMistakes(spec: AnyServiceSpec): readonly string[] {
  const mistakes: string[] = [];
  for (const [name, handlers] of Object.entries(spec.on ?? {})) {
    const heard = own(spec.hears ?? {}, name);
    if (heard === undefined) {
      mistakes.push(`on.${name}: name the API in "hears" first.`);
      continue;
    }
    for (const [event, handling] of Object.entries(handlers ?? {})) {
      const place = `on.${name}.${event}`;
      if (own(heard.events, event) === undefined) {
        mistakes.push(`${place}: the contract "${heard.name}" has no such event.`);
      } else if (!isHandling(handling)) {
        const message = 'is neither a function nor an object with one as "handle" or as "batch".';
        mistakes.push(`${place}: ${message}`);
      }
    }
  }
  if (Object.keys(spec.on ?? {}).length > 0 && spec.store === undefined) {
    mistakes.push('on: hears events, so the service needs a store to note what it has heard.');
  }
  return mistakes;
}

/** A function, or one of the two in an object. */
function isHandling(handling: unknown): boolean {
  if (typeof handling === 'function') return true;
  if (typeof handling !== 'object' || handling === null) return false;
  const { handle, batch } = handling as { readonly handle?: unknown; readonly batch?: unknown };
  const [given, ...others] = [handle, batch].filter((one) => one !== undefined);
  return typeof given === 'function' && others.length === 0;
}

function jobMistakes(spec: AnyServiceSpec): readonly string[] {
  const mistakes: string[] = [];
  for (const [period, job] of Object.entries(spec.every ?? {})) {
    try {
      parsePeriod(period);
    } catch (problem) {
      mistakes.push(`every['${period}']: ${(problem as Error).message}`);
    }
    if (typeof job !== 'function') mistakes.push(`every['${period}']: is not a function.`);
  }
  return mistakes;
}

function sagaMistakes(api: Api, spec: AnyServiceSpec): readonly string[] {
  const mistakes: string[] = [];
  const sagas = Object.entries(spec.sagas ?? {});
  const used = new Set(Object.values(spec.uses ?? {}).map(({ name }) => name));
  const seen = new Set<string>();
  for (const [alias, saga] of sagas) {
    const place = `sagas.${alias}`;
    const version = `"${saga.name}" version ${saga.version}`;
    if (seen.has(version)) mistakes.push(`${place}: there are two of ${version}.`);
    seen.add(version);
    if (saga.api !== undefined && saga.api.name !== api.name) {
      mistakes.push(`${place}: publishes events of "${saga.api.name}", not of "${api.name}".`);
    }
    for (const { name } of Object.values(saga.uses)) {
      if (!used.has(name)) mistakes.push(`${place}: uses "${name}"; name it in "uses" too.`);
    }
  }
  if (sagas.length > 0 && spec.store === undefined) {
    mistakes.push('sagas: are kept in a store, so the service needs one.');
  }
  return mistakes;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
