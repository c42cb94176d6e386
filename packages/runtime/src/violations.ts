import type { Violation } from '@portico/contract';
import type { ErrorObject } from 'ajv';

/** More of them help nobody, and an answer must not grow with a hostile input. */
export const VIOLATIONS_MAX = 20;
/** Longer lists of what is allowed are in the contract. */
const LISTED_VALUES_MAX = 12;

/**
 * What Ajv found, as sentences with JSON pointers (RFC 6901). Sentences are made of the contract alone:
 * a value that was sent never appears in one, since it may be a secret.
 */
export function toViolations(errors: readonly ErrorObject[]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const problem of errors) {
    const violation = toViolation(problem);
    if (!violation || violations.some((known) => isEqual(known, violation))) continue;
    violations.push(violation);
    if (violations.length === VIOLATIONS_MAX) break;
  }
  return violations;
}

function toViolation(problem: ErrorObject): Violation | undefined {
  const { keyword, instancePath } = problem;
  const params = problem.params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    // The parts of "one of these, or null" speak for themselves.
    case 'anyOf':
    case 'if':
      return undefined;
    case 'required':
      return { pointer: pointTo(instancePath, params.missingProperty), detail: 'is required.' };
    case 'additionalProperties':
      return { pointer: pointTo(instancePath, params.additionalProperty), detail: 'is not known.' };
    case 'propertyNames':
      return {
        pointer: pointTo(instancePath, params.propertyName),
        detail: 'has a name not allowed.',
      };
    case 'discriminator':
      return { pointer: pointTo(instancePath, params.tag), detail: 'is none of the known kinds.' };
    default:
      // What is wrong with a key is told by `propertyNames`.
      if (problem.propertyName !== undefined) return undefined;
      if (isNullAlternative(problem)) return undefined;
      return { pointer: instancePath, detail: describe(keyword, params) };
  }
}

/** The complaint that a value is not null either, where null is the alternative. */
function isNullAlternative({ keyword, params, schemaPath }: ErrorObject): boolean {
  return keyword === 'type' && params.type === 'null' && schemaPath.includes('/anyOf/');
}

function describe(keyword: string, params: Readonly<Record<string, unknown>>): string {
  const limit = String(params.limit);
  switch (keyword) {
    case 'type':
      return `must be ${article(params.type)}.`;
    case 'minLength':
      return `must have at least ${count(limit, 'character')}.`;
    case 'maxLength':
      return `must have at most ${count(limit, 'character')}.`;
    case 'minItems':
      return `must have at least ${count(limit, 'item')}.`;
    case 'maxItems':
      return `must have at most ${count(limit, 'item')}.`;
    case 'maxProperties':
      return `must have at most ${limit} entries.`;
    case 'minimum':
      return `must be at least ${limit}.`;
    case 'maximum':
      return `must be at most ${limit}.`;
    case 'exclusiveMinimum':
      return `must be greater than ${limit}.`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}.`;
    case 'multipleOf':
      return `must be a multiple of ${String(params.multipleOf)}.`;
    case 'pattern':
      return `must match ${String(params.pattern)}.`;
    case 'format':
      return `must be a valid ${String(params.format)}.`;
    case 'contentEncoding':
      return 'must be bytes in base 64.';
    case 'uniqueItems':
      return 'must not hold the same item twice.';
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}.`;
    case 'enum':
      return oneOf(params.allowedValues);
    default:
      return `does not satisfy "${keyword}".`;
  }
}

function oneOf(allowed: unknown): string {
  const values = (Array.isArray(allowed) ? allowed : []).filter((value) => value !== null);
  if (values.length > LISTED_VALUES_MAX) return 'is none of the allowed values.';
  return `must be one of ${values.map((value) => JSON.stringify(value)).join(', ')}.`;
}

function article(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map(String);
  return names
    .map((name) => (name === 'null' ? name : `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`))
    .join(' or ');
}

function count(limit: string, noun: string): string {
  return `${limit} ${noun}${limit === '1' ? '' : 's'}`;
}

/** RFC 6901 §3: `~` and `/` in a name are written `~0` and `~1`. */
export function pointTo(pointer: string, name: unknown): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isEqual(left: Violation, right: Violation): boolean {
  return left.pointer === right.pointer && left.detail === right.detail;
}
