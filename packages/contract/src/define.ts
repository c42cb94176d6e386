import type {
  Api,
  ApiSpec,
  EventDefinitions,
  EventsOf,
  OperationDefinitions,
  OperationsOf,
} from './api.ts';
import { assemble, type EventSource, type OperationSource } from './assemble.ts';
import { DefinitionError, type Mistake } from './definition-error.ts';
import type { AnyErrorDefinition } from './error.ts';
import type { EventSpec } from './event.ts';
import type { Access, Effect, ErrorMap, OperationSpec, Schema } from './operation.ts';
import { parseRoute } from './route.ts';
import { checkApi } from './rules.ts';
import { createSchemaReader, EMPTY_OBJECT, type SchemaReader } from './schema-reader.ts';

/** What a call may take when its author named no limit: shorter than a person's patience. */
export const DEFAULT_TIMEOUT_MS = 3000;

type Spec = OperationSpec<Schema | undefined, Schema | undefined, ErrorMap, Effect>;

/**
 * Defines an API. Checks everything at once.
 *
 * @throws {DefinitionError} with every mistake, each with its place (operation, path of the field).
 */
export function api<
  D extends OperationDefinitions,
  V extends EventDefinitions = Record<never, never>,
>(name: string, spec: ApiSpec<D, V>): Api<OperationsOf<D>, EventsOf<V>> {
  return defineApi(name, spec) as unknown as Api<OperationsOf<D>, EventsOf<V>>;
}

function defineApi(name: string, spec: ApiSpec<OperationDefinitions, EventDefinitions>): Api {
  const mistakes: Mistake[] = [];
  const report = (place: string, problem: string) => void mistakes.push({ place, problem });
  const reader = createSchemaReader(report);
  // Rules about fields would only repeat, in other words, that a schema could not be read.
  const unread = new Set<string>();
  const readAll = <S>(part: string, read: () => S): S => {
    const before = mistakes.length;
    const source = read();
    if (mistakes.length > before) unread.add(part);
    return source;
  };
  const operations = Object.entries(spec.operations).map(([key, definition]) =>
    readAll(`operations.${key}`, () =>
      readOperation({ api: name, name: key, spec: definition.spec }, reader),
    ),
  );
  const events = Object.entries(spec.events ?? {}).map(([key, definition]) =>
    readAll(`events.${key}`, () =>
      readEvent({ api: name, name: key, spec: definition.spec }, reader),
    ),
  );
  const api = assemble({
    name,
    version: spec.version,
    summary: spec.summary,
    ...optional('description', spec.description),
    operations,
    events,
    types: reader.types,
  });
  checkApi(api, { report, unread });
  if (mistakes.length > 0) throw new DefinitionError(`The API "${name}"`, mistakes);
  return api;
}

/** A definition and what it is called. */
interface Named<S> {
  readonly api: string;
  readonly name: string;
  readonly spec: S;
}

function readOperation({ api, name, spec }: Named<Spec>, reader: SchemaReader): OperationSource {
  const place = `operations.${name}`;
  const { input, output, errors, access, ...rest } = spec;
  return {
    ...withoutAbsent(rest),
    api,
    name,
    id: `${api}.${name}`,
    summary: spec.summary,
    exposure: spec.exposure ?? 'internal',
    access: toAccess(access),
    effect: spec.effect,
    http: parseRoute(spec.http ?? `POST /${name}`),
    input: input === undefined ? EMPTY_OBJECT : reader.readObject(input, `${place}.input`),
    output: output === undefined ? undefined : reader.readObject(output, `${place}.output`),
    errors: Object.entries(errors ?? {}).map(([key, definition]) => ({
      name: key,
      status: definition.status,
      summary: definition.summary,
      data: readErrorData(definition, `${place}.errors.${key}`, reader),
      definition,
    })),
    criticality: spec.criticality ?? 'default',
    timeoutMs: spec.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    waits: spec.waits ?? false,
    cost: spec.cost ?? 1,
  };
}

function readErrorData(definition: AnyErrorDefinition, place: string, reader: SchemaReader) {
  return definition.data === undefined ? undefined : reader.readObject(definition.data, place);
}

function readEvent(
  { api, name, spec }: Named<EventSpec<Schema>>,
  reader: SchemaReader,
): EventSource {
  const { payload, access, ...rest } = spec;
  return {
    ...withoutAbsent(rest),
    api,
    name,
    id: `${api}.${name}`,
    summary: spec.summary,
    key: spec.key,
    exposure: spec.exposure ?? 'internal',
    access: toAccess(access),
    payload: reader.readObject(payload, `events.${name}.payload`),
  };
}

/** One permission is a list of one; `anyone` and `signedIn` stand for themselves. */
function toAccess(access: string | readonly string[] | undefined): Access | undefined {
  if (access === undefined || access === 'anyone' || access === 'signedIn') return access;
  return typeof access === 'string' ? [access] : access;
}

function optional<K extends string, V>(key: K, value: V | undefined) {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined),
  ) as T;
}
