import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Name } from './name-search.ts';
import { type Row, readStore } from './store-reader.ts';

/** Subject → value → what it is. Values are in lower case. */
export type People = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Shorter values stand in too many places to prove anything. */
const LENGTH_MIN = 6;

const Known = z.record(z.string(), z.record(z.string(), z.string()));

/** Where people are named: the columns, and whose they are. */
const SOURCES: readonly (readonly [service: string, sql: string])[] = [
  ['identity', `SELECT account_id AS who, email FROM account WHERE email IS NOT NULL`],
  [
    'customers',
    `SELECT customer_id AS who, given_name || ' ' || family_name AS name, phone FROM customer`,
  ],
  ['customers', `SELECT customer_id AS who, address FROM address WHERE address IS NOT NULL`],
  [
    'orders',
    `SELECT subject AS who, name, email, phone, address FROM contact JOIN orders USING (order_id)
     WHERE subject <> ''`,
  ],
];

/** The fields of a stored address that point at somebody; a city or a postal code has many. */
const Address = z.looseObject({
  name: z.string().optional(),
  line1: z.string().optional(),
  phone: z.string().optional(),
});

/** Everybody whom the stores of the shop name now. */
export function readPeople(directory: string): People {
  const people = new Map<string, Map<string, string>>();
  for (const [service, sql] of SOURCES) {
    readStore(join(directory, 'data', service, 'store.db'), (store) => {
      for (const row of store.rows(sql)) {
        const subject = row.text('who');
        const values = people.get(subject) ?? new Map<string, string>();
        people.set(subject, values);
        for (const [what, value] of namesIn(row)) {
          if (value.length >= LENGTH_MIN) values.set(value.toLowerCase(), what);
        }
      }
    });
  }
  return people;
}

function namesIn(row: Row): [what: string, value: string][] {
  const read = (what: string, column: string): [string, string][] => {
    const value = row.has(column) ? row.optional(column) : undefined;
    return value === undefined ? [] : [[what, value]];
  };
  const { name, line1, phone } = Address.parse(
    JSON.parse((row.has('address') ? row.optional('address') : undefined) ?? '{}'),
  );
  const inAddress = [
    ['a name', name],
    ['a street and number', line1],
    ['a telephone number', phone],
  ] as const;
  return [
    ...read('an e-mail address', 'email'),
    ...read('a name', 'name'),
    ...read('a telephone number', 'phone'),
    ...inAddress.flatMap(([what, value]): [string, string][] => (value ? [[what, value]] : [])),
  ];
}

/** The values of `erased` people that nobody has who is still there. */
export function uniqueTo(
  erased: ReadonlySet<string>,
  known: People,
  present: People,
): ReadonlyMap<string, Name> {
  const taken = new Set(
    [...present].flatMap(([subject, values]) => (erased.has(subject) ? [] : [...values.keys()])),
  );
  return new Map(
    [...known].flatMap(([subject, values]) =>
      !erased.has(subject)
        ? []
        : [...values].flatMap(([value, what]) =>
            taken.has(value) ? [] : [[value, { subject, what }] as const],
          ),
    ),
  );
}

/**
 * What `file` remembers of people, with what the stores in `directory` say now, written back: so that a later
 * check knows what to look for when they were erased. The file names people: only its owner may read it.
 */
export function rememberPeople(file: string, directory: string): People {
  const before = existsSync(file) ? Known.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const people = new Map(
    Object.entries(before).map(([subject, values]) => [subject, new Map(Object.entries(values))]),
  );
  for (const [subject, values] of readPeople(directory)) {
    people.set(subject, new Map([...(people.get(subject) ?? []), ...values]));
  }
  const all = [...people].map(
    ([subject, values]) => [subject, Object.fromEntries(values)] as const,
  );
  writeFileSync(file, JSON.stringify(Object.fromEntries(all), null, 2), { mode: 0o600 });
  return people;
}
