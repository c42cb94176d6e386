import type { Report } from './definition-error.ts';
import { isRecord } from './json.ts';

/** The members of an object of JSON. */
export type Members = Readonly<Record<string, unknown>>;

/** What a member must be; with `?` it may be absent. */
type Kind = 'string' | 'number' | 'boolean' | 'object' | 'access' | 'strings';
type Table = Readonly<Record<string, Kind | `${Kind}?`>>;

const CONTRACT: Table = {
  format: 'number',
  name: 'string',
  version: 'string',
  summary: 'string',
  description: 'string?',
  operations: 'object',
  events: 'object',
  types: 'object',
};

const OPERATION: Table = {
  summary: 'string',
  description: 'string?',
  exposure: 'string',
  access: 'access?',
  owner: 'string?',
  effect: 'string',
  undoes: 'string?',
  http: 'string',
  creates: 'string?',
  raw: 'object?',
  maxBytes: 'number?',
  input: 'object',
  output: 'object?',
  errors: 'object',
  criticality: 'string',
  timeoutMs: 'number',
  waits: 'boolean',
  cost: 'number',
  cache: 'object?',
  deprecated: 'object?',
};

const PARTS: Readonly<Record<string, Table>> = {
  raw: { body: 'string', headers: 'strings' },
  cache: { maxAgeSeconds: 'number', shared: 'boolean?' },
  deprecated: { since: 'string', sunset: 'string?', use: 'string?' },
};

const EVENT: Table = {
  summary: 'string',
  key: 'string',
  exposure: 'string',
  access: 'access?',
  owner: 'string?',
  retainDays: 'number?',
  payload: 'object',
};

const ERROR: Table = { status: 'number', summary: 'string', data: 'object?' };

/** The members of a whole contract. */
export function readContract(json: unknown, report: Report): Members | undefined {
  return readMembers({ json, place: '' }, CONTRACT, report);
}

/** The members of an operation, and of the objects within it. */
export function readOperation(json: unknown, place: string, report: Report): Members | undefined {
  const members = readMembers({ json, place }, OPERATION, report);
  for (const [name, table] of Object.entries(PARTS)) {
    const part = members?.[name];
    if (part !== undefined) readMembers({ json: part, place: `${place}.${name}` }, table, report);
  }
  return members;
}

/** The members of an event. */
export function readEvent(json: unknown, place: string, report: Report): Members | undefined {
  return readMembers({ json, place }, EVENT, report);
}

/** The members of an error. */
export function readError(json: unknown, place: string, report: Report): Members | undefined {
  return readMembers({ json, place }, ERROR, report);
}

function readMembers(
  { json, place }: { readonly json: unknown; readonly place: string },
  table: Table,
  report: Report,
): Members | undefined {
  const at = (name: string) => (place === '' ? name : `${place}.${name}`);
  if (!isRecord(json)) {
    report(place === '' ? 'contract' : place, 'this must be an object.');
    return undefined;
  }
  const members: Record<string, unknown> = {};
  let sound = true;
  const wrong = (name: string, problem: string) => {
    report(at(name), problem);
    sound = false;
  };
  for (const [name, value] of Object.entries(json)) {
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) {
      wrong(name, 'no such member is known here.');
    } else if (!isOf(value, kind.replace('?', ''))) {
      wrong(name, `this must be ${NOUNS[kind.replace('?', '')]}.`);
    } else {
      members[name] = value;
    }
  }
  for (const [name, kind] of Object.entries(table)) {
    if (kind.endsWith('?')) continue;
    if (!Object.hasOwn(json, name)) wrong(name, 'this member is missing.');
  }
  return sound ? members : undefined;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  access: '"anyone", "signedIn" or a list of permissions',
  strings: 'an object of strings',
};

const isText = (value: unknown) => typeof value === 'string';

function isOf(value: unknown, kind: string): boolean {
  switch (kind) {
    case 'object':
      return isRecord(value);
    case 'strings':
      return isRecord(value) && Object.values(value).every(isText);
    case 'access':
      return (
        value === 'anyone' || value === 'signedIn' || (Array.isArray(value) && value.every(isText))
      );
    default:
      // The kinds that are left are names of `typeof`.
      return typeof value === kind;
  }
}
