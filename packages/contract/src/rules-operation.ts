import type { Report } from './definition-error.ts';
import type { DeclaredError, Operation } from './operation.ts';

/** The most a call may take: a caller's signed identity is valid for as long, twice. */
export const TIMEOUT_MS_MAX = 60_000;
/** More than any sensible plan has: a mistyped cost shows here instead of at the first call. */
const COST_MAX = 1_000_000;
/** What one process can hold of one request, and Node of one string. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

/** `resource:action`. */
const PERMISSION = /^[a-z][A-Za-z0-9-]*:[a-z][A-Za-z0-9-]*$/;
const OPERATION_NAME = /^[a-z][A-Za-z0-9]*$/;
const PASCAL_CASE = /^[A-Z][A-Za-z0-9]*$/;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  exposure: ['public', 'partner', 'admin', 'internal'],
  effect: ['safe', 'idempotent', 'keyed', 'unsafe'],
  criticality: ['critical', 'default', 'sheddable', 'batch'],
  owner: ['subject', 'consumer', 'tenant', 'shared'],
};

/** Reports what is wrong with an operation's own attributes, apart from its route and its fields. */
export function checkOperation(operation: Operation, place: string, report: Report): void {
  const { name } = operation;
  // A client with a method `then` would be taken for a promise; others hide what every object has.
  if (!OPERATION_NAME.test(name) || name === 'then' || name in {}) {
    report(place, `"${name}" can't name an operation; it is a verb in camelCase like "getStock".`);
  }
  checkChoices(operation, place, report);
  checkAccess(operation, place, report);
  for (const [attribute, least, most] of RANGES) {
    const value = operation[attribute];
    if (value === undefined || isWithin(value, least, most)) continue;
    report(`${place}.${attribute}`, `${value} is not a whole number from ${least} to ${most}.`);
  }
  checkCache(operation, place, report);
  for (const error of Object.values(operation.errors)) {
    checkError(error, `${place}.errors.${error.name}`, report);
  }
}

/** Reports attributes whose value is not one of a closed list. */
export function checkChoices(value: object, place: string, report: Report): void {
  for (const [attribute, choices] of Object.entries(CHOICES)) {
    const chosen: unknown = Reflect.get(value, attribute);
    if (chosen === undefined || choices.includes(String(chosen))) continue;
    report(`${place}.${attribute}`, `"${String(chosen)}" is not one of ${choices.join(', ')}.`);
  }
}

/** Reports a missing or malformed `access`. What can be reached from outside says who may call. */
export function checkAccess(
  value: Pick<Operation, 'access' | 'exposure'>,
  place: string,
  report: Report,
): void {
  const { access, exposure } = value;
  if (access === undefined) {
    if (exposure === 'internal') return;
    report(
      place,
      `what is ${exposure} says who may call: access: 'anyone', 'signedIn' or a permission.`,
    );
  } else if (Array.isArray(access)) {
    checkPermissions(access, `${place}.access`, report);
  }
}

/** Reports permissions that are none. */
export function checkPermissions(
  permissions: readonly unknown[],
  place: string,
  report: Report,
): void {
  if (permissions.length === 0) report(place, 'an empty list of permissions protects nothing.');
  for (const permission of permissions) {
    if (typeof permission === 'string' && PERMISSION.test(permission)) continue;
    report(place, `"${String(permission)}" is not a permission like "orders:write".`);
  }
}

const RANGES = [
  ['timeoutMs', 1, TIMEOUT_MS_MAX],
  ['cost', 0, COST_MAX],
  ['maxBytes', 1, BODY_BYTES_MAX],
] as const;

const isWithin = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;

function checkCache(operation: Operation, place: string, report: Report): void {
  const { cache, effect, access } = operation;
  if (cache === undefined) return;
  if (effect !== 'safe') report(`${place}.cache`, 'only what is safe can be cached.');
  const { maxAgeSeconds, shared } = cache;
  if (!Number.isInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    report(`${place}.cache`, `${String(maxAgeSeconds)} is not a number of seconds.`);
  }
  if (shared === true && access !== 'anyone') {
    report(`${place}.cache`, "a shared cache would hand one caller's reply to others.");
  }
}

function checkError(error: DeclaredError, place: string, report: Report): void {
  const { name, status, summary } = error;
  if (!PASCAL_CASE.test(name)) {
    report(place, `"${name}" can't name an error; it is in PascalCase like "OutOfStock".`);
  }
  if (!Number.isInteger(status) || !((status >= 400 && status <= 499) || status === 503)) {
    report(place, `the status ${String(status)} is not from 400 to 499, nor 503.`);
  }
  if (typeof summary !== 'string' || summary.trim() === '') {
    report(place, 'a summary is missing: one sentence that says what went wrong.');
  }
}
