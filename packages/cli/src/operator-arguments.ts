import { parseArgs } from 'node:util';
import { UsageError } from './command.ts';

const options = {
  admin: { type: 'string' },
  service: { type: 'string' },
  producer: { type: 'string' },
  state: { type: 'string' },
  type: { type: 'string' },
  key: { type: 'string' },
  reason: { type: 'string' },
  cursor: { type: 'string' },
  at: { type: 'string' },
  after: { type: 'string' },
  stuck: { type: 'boolean' },
  force: { type: 'boolean' },
} as const;

/** The arguments of a command for operators: what to do, with what, how. */
export function parseOperator(parameters: readonly string[]) {
  const parsed = parseArgs({ args: [...parameters], allowPositionals: true, options });
  const [action = '', subject] = parsed.positionals;
  return { action, subject, values: parsed.values };
}

type Values = ReturnType<typeof parseOperator>['values'];

/** `?service=orders`, of those that were given. */
export function toQuery(values: Values, names: readonly (keyof Values)[]): string {
  const query = new URLSearchParams();
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** @throws {UsageError} when there is none. */
export function required(value: string | undefined, what: string): string {
  if (value) return value;
  throw new UsageError(`${what} is missing`);
}

/** Prints JSON, for people and for `jq`. @returns the exit code of success. */
export function show(value: unknown): number {
  console.log(value === undefined ? 'Done.' : JSON.stringify(value, null, 2));
  return 0;
}
