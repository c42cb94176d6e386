import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';

/** Stands in a compiled query where a value belongs. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Runs a query with these inputs, on any handle of a store. */
export type PreparedQuery<Tables, Input, Row> = (
  db: Kysely<Tables>,
  input: Input,
) => Promise<QueryResult<Row>>;

/**
 * A query that runs with every call: built and compiled by Kysely the first time, afterwards only run, on any handle
 * of any store with these tables. To build one costs more than SQLite takes to run it. `build` may put the members of
 * its input anywhere a value can stand, and may not look at them: conditions and lists that differ from call to call
 * are for Kysely alone.
 *
 * @example
 * const accountById = prepared((db: Kysely<Tables>, { id }: { readonly id: string }) =>
 *   db.selectFrom('account').selectAll().where('id', '=', id),
 * );
 * const { rows } = await accountById(tx.db, { id });
 */
export function prepared<Tables, Input extends object, Row>(
  build: (db: Kysely<Tables>, input: Input) => Compilable<Row>,
): PreparedQuery<Tables, Input, Row> {
  // By the engine whose SQL it is: each has one adapter.
  const byEngine = new WeakMap<object, (input: Input) => CompiledQuery<Row>>();
  return (db, input) => {
    const engine = db.getExecutor().adapter;
    let query = byEngine.get(engine);
    if (query === undefined) {
      query = compile((members: Input) => build(db, members));
      byEngine.set(engine, query);
    }
    return db.executeQuery(query(input));
  };
}

/** What a query is compiled for, beside the engine. */
export interface Extent {
  readonly list: readonly string[];
  readonly limit: number;
}

/**
 * {@link prepared} for a query with a list (`in (…)`) and a limit in it: compiled once for each length of the list and
 * each limit. Fit where these are few: the topics that a consumer hears, the definitions that an engine knows.
 */
export function preparedList<Tables, Input extends object, Row>(
  build: (db: Kysely<Tables>, input: Input, extent: Extent) => Compilable<Row>,
): (db: Kysely<Tables>, input: Input, extent: Extent) => Promise<QueryResult<Row>> {
  const byShape = new Map<string, PreparedQuery<Tables, Input & Listed, Row>>();
  return (db, input, { list, limit }) => {
    const shape = `${list.length} ${limit}`;
    const names = list.map((_, index) => `list ${index}`);
    let query = byShape.get(shape);
    if (query === undefined) {
      query = prepared((on, members) => {
        const placeholders = names.map((name) => members[name] ?? '');
        return build(on, members, { list: placeholders, limit });
      });
      byShape.set(shape, query);
    }
    const listed = Object.fromEntries(list.map((item, index) => [`list ${index}`, item]));
    return query(db, { ...input, ...listed } as Input & Listed);
  };
}

type Listed = Readonly<Record<string, string>>;

/** The query with a placeholder for each member of its input, for inputs to come. */
function compile<Input extends object, Row>(
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
