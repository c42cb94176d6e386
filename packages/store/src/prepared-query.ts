import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';

/** Stands in a compiled query where a value belongs. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Compiles a query once, for inputs to come: building one with Kysely costs more than SQLite takes to run
 * it, and the platform's own run with every call. `build` may put the members of its input anywhere
 * a value can stand, and may not look at them.
 */
export function prepareQuery<Input extends object, Row>(
  build: (input: Input) => Compilable<Row>,
): (input: Input) => CompiledQuery<Row> {
  const placeholders = new Proxy({} as Input, {
    get: (_, name) => new Placeholder(String(name)),
  });
  const compiled = build(placeholders).compile();
  return (input) => {
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Placeholder ? Reflect.get(input, parameter.name) : parameter,
    );
    return { ...compiled, parameters };
  };
}

/**
 * A query of a service's that runs with every call: built and compiled by Kysely the first time, afterwards only
 * run, on any handle of the service's store. `build` may put the members of its input anywhere a value can
 * stand, and may not look at them: conditions and lists that differ from call to call are for Kysely alone.
 *
 * @example
 * const accountById = prepared((db: Kysely<Tables>, { id }: { readonly id: string }) =>
 *   db.selectFrom('account').selectAll().where('id', '=', id),
 * );
 * const { rows } = await accountById(tx.db, { id });
 */
export function prepared<Tables, Input extends object, Row>(
  build: (db: Kysely<Tables>, input: Input) => Compilable<Row>,
): (db: Kysely<Tables>, input: Input) => Promise<QueryResult<Row>> {
  // By the engine whose SQL it is: each has one adapter.
  const byEngine = new WeakMap<object, (input: Input) => CompiledQuery<Row>>();
  return (db, input) => {
    const engine = db.getExecutor().adapter;
    const query = byEngine.get(engine) ?? prepareQuery((members: Input) => build(db, members));
    byEngine.set(engine, query);
    return db.executeQuery(query(input));
  };
}

/**
 * {@link prepareQuery} for a query with a list (`in (…)`) and a limit in it: compiled once for each length of the
 * list and each limit. Fit where these are few: the topics that a consumer hears, the definitions that an engine
 * knows.
 */
export function prepareListQuery<Input extends object, Row>(
  build: (input: Input, list: readonly string[], limit: number) => Compilable<Row>,
): (input: Input, list: readonly string[], limit: number) => CompiledQuery<Row> {
  const prepared = new Map<string, (input: Input & Listed) => CompiledQuery<Row>>();
  return (input, list, limit) => {
    const shape = `${list.length} ${limit}`;
    const names = list.map((_, index) => `list ${index}`);
    const query =
      prepared.get(shape) ??
      prepareQuery((members: Input & Listed) => {
        const placeholders = names.map((name) => members[name] ?? '');
        return build(members, placeholders, limit);
      });
    prepared.set(shape, query);
    const listed = Object.fromEntries(list.map((item, index) => [`list ${index}`, item]));
    return query({ ...input, ...listed } as Input & Listed);
  };
}

type Listed = Readonly<Record<string, string>>;
