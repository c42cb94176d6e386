import type { Compilable, CompiledQuery } from 'kysely';

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
