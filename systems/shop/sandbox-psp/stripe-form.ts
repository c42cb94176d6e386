import { Problem } from './problem.ts';

/** A form or a query as Stripe writes it: `metadata[order]=1`, `expand[0]=latest_charge`. */
export interface Form {
  /** The value of a field; `undefined` when it is absent or empty. */
  text(name: string): string | undefined;
  /** @throws {Problem} 400 when it is absent. */
  required(name: string): string;
  /** A whole number from `least`; `undefined` when it is absent. @throws {Problem} 400. */
  whole(name: string, least?: number): number | undefined;
  /** `name[key]=value`. */
  entries(name: string): Readonly<Record<string, string>>;
  /** Whether `path` is to be shown as an object instead of an id. */
  expands(path: string): boolean;
}

/** Above every amount of minor units and every Unix time that a shop names. */
const WHOLE_MAX = 1_000_000_000_000;

/**
 * Reads form fields. What is not in `known` (bracketed names by what stands before the bracket) is
 * refused as Stripe refuses unknown parameters, so that nothing is silently not imitated.
 * @throws {Problem} 400.
 */
export function parseForm(text: string, known: readonly string[]): Form {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const [parent = ''] = name.split('[');
    if (parent !== 'expand' && !known.includes(parent)) {
      throw new Problem(400, 'parameter_unknown', `Received unknown parameter: ${name}`);
    }
    fields.set(name, value);
  }
  const read = (name: string) => fields.get(name) || undefined;
  return {
    text: read,
    required(name) {
      const value = read(name);
      if (value === undefined) throw missing(name);
      return value;
    },
    whole(name, least = 0) {
      const value = read(name);
      if (value === undefined) return undefined;
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (number >= least && number <= WHOLE_MAX) return number;
      throw new Problem(400, 'parameter_invalid_integer', `Invalid integer: ${name}`);
    },
    entries(name) {
      const found: Record<string, string> = {};
      for (const [field, value] of fields) {
        const key = field.startsWith(`${name}[`) && field.slice(name.length + 1, -1);
        if (key) found[key] = value;
      }
      return found;
    },
    expands: (path) =>
      [...fields].some(([name, value]) => name.startsWith('expand[') && value === path),
  };
}

function missing(name: string): Problem {
  return new Problem(400, 'parameter_missing', `Missing required param: ${name}.`);
}
