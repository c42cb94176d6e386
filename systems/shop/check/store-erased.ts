import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace, TraceFacts } from './facts.ts';
import { NameSearch } from './name-search.ts';
import { type People, readPeople, uniqueTo } from './people.ts';
import { readStore, type StoreReader } from './store-reader.ts';

/** An account's id, wherever it stands. */
const ACCOUNT_ID = /acc_[0-9a-z]{26}/g;
/**
 * Where the id of an erased person may stay: events, letters and the journals of sagas name everybody by ids
 * alone; an account stays closed, a customer erased; the caller of a keyed call is part of its key, and what
 * others were answered (staff who erased somebody) may name the id. Own replies are looked at apart.
 */
const MAY_NAME: readonly RegExp[] = [
  /\.portico_(outbox|parked|dead_letter|saga|saga_step)\./,
  /\.portico_outcome\.(scope|outcome)$/,
  /^identity\.account\.account_id$/,
  /^customers\.(customer\.customer_id|erasure\.customer_id|profile_change\.(customer_id|by))$/,
  /^notifications\.erased\.subject$/,
];

/** Rows that stay of an erased person, and must say nothing any more: what is found there, and of whom. */
const LEFTOVERS: readonly (readonly [service: string, place: string, sql: string])[] = [
  [
    'identity',
    'account',
    `SELECT account_id AS who FROM account WHERE closed_at IS NOT NULL
       AND coalesce(email, email_key, password_hash, verified_at) IS NOT NULL`,
  ],
  [
    'customers',
    'customer',
    `SELECT customer_id AS who FROM customer WHERE erased_at IS NOT NULL AND coalesce(given_name,
       family_name, phone, language, name_key, family_key, phone_key) IS NOT NULL`,
  ],
  [
    'orders',
    'contact',
    `SELECT order_id AS who FROM orders JOIN contact USING (order_id) WHERE subject = ''`,
  ],
  [
    'orders',
    'orders',
    `SELECT order_id AS who FROM orders WHERE subject = ''
       AND coalesce(return_url, payment_token) IS NOT NULL`,
  ],
  [
    'notifications',
    'mail',
    `SELECT mail_id AS who FROM mail WHERE mail_id NOT IN
       (SELECT mail_id FROM message WHERE mail_id IS NOT NULL AND subject <> '')`,
  ],
];

/**
 * Searches every text of every table of every store of the shop in `directory`, its provider's ledger and its
 * logs, for people who were erased: for their ids where none may stand, for what must be empty in rows that
 * stay, and for the names, addresses and numbers that `known` has of them. A value that somebody who
 * is still there has too proves nothing, and is left out.
 */
export function findErased(directory: string, known: People): TraceFacts {
  const { erased, underWay } = readRequests(directory);
  const names = new NameSearch(uniqueTo(erased, known, readPeople(directory)));
  const found: Trace[] = [];
  let places = 0;
  for (const { service, file } of listStores(directory)) {
    readStore(file, (store) => {
      const tables = listTables(store);
      for (const { table, columns } of tables) {
        places += columns.length;
        found.push(...searchTable(store, { service, table, columns, erased, names }));
      }
      found.push(...findLeftovers(service, store));
      if (tables.some(({ table }) => table === 'portico_outcome')) {
        found.push(...findReplies(service, store, erased));
      }
    });
  }
  for (const file of listLogs(directory)) {
    places += 1;
    const named = names.find(readFileSync(join(directory, file), 'utf8'));
    found.push(...named.map(({ subject, what }) => ({ subject, place: file, what })));
  }
  return { people: erased.size, underWay, places, values: names.size, found };
}

interface Searched {
  readonly service: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly erased: ReadonlySet<string>;
  readonly names: NameSearch;
}

function searchTable(
  store: StoreReader,
  { service, table, columns, erased, names }: Searched,
): Trace[] {
  const found = new Map<string, Trace>();
  const note = (trace: Trace) => found.set(JSON.stringify(trace), trace);
  if (erased.size === 0 || columns.length === 0) return [];
  for (const row of store.each(`SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)}`)) {
    for (const column of columns) {
      const text = toText(row[column]);
      const place = `${service}.${table}.${column}`;
      if (!MAY_NAME.some((pattern) => pattern.test(place))) {
        for (const [subject] of text.matchAll(ACCOUNT_ID)) {
          if (erased.has(subject)) note({ subject, place, what: 'the id' });
        }
      }
      for (const { subject, what } of names.find(text)) note({ subject, place, what });
    }
  }
  return [...found.values()];
}

function findLeftovers(service: string, store: StoreReader): Trace[] {
  return LEFTOVERS.filter(([owner]) => owner === service).flatMap(([, place, sql]) =>
    store.rows(sql).map((row) => ({
      subject: row.text('who'),
      place: `${service}.${place}`,
      what: 'data in what stays of an erased person',
    })),
  );
}

/** Replies to an erased person that were not blanked. */
function findReplies(service: string, store: StoreReader, erased: ReadonlySet<string>): Trace[] {
  const kept = store.rows(
    `SELECT scope, operation FROM portico_outcome WHERE outcome NOT LIKE '{"kind":"forgotten"%'
       AND outcome NOT LIKE '{"kind":"tombstone"%'`,
  );
  return kept.flatMap((row) => {
    const subjects = [...row.text('scope').matchAll(ACCOUNT_ID)].map(([subject]) => subject);
    const what = `a stored reply of ${row.text('operation')}`;
    const place = `${service}.portico_outcome`;
    return subjects.filter((id) => erased.has(id)).map((subject) => ({ subject, place, what }));
  });
}

function readRequests(directory: string) {
  const file = join(directory, 'data', 'customers', 'store.db');
  const read = (store: StoreReader, where: string) => {
    const rows = store.rows(`SELECT DISTINCT customer_id FROM erasure WHERE ${where}`);
    return new Set(rows.map((row) => row.text('customer_id')));
  };
  return readStore(file, (store) => ({
    erased: read(store, `state = 'completed'`),
    underWay: read(store, `state <> 'completed'`).size,
  }));
}

/** Every store there is, known by name or not, and the provider's. */
function listStores(directory: string) {
  const data = join(directory, 'data');
  const stores = readdirSync(data)
    .map((service) => ({ service, file: join(data, service, 'store.db') }))
    .concat({ service: 'provider', file: join(directory, 'psp', 'ledger.db') });
  return stores
    .filter(({ file }) => existsSync(file))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/** Tables with their columns that can hold text. */
function listTables(store: StoreReader) {
  const tables = store.rows(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     ORDER BY name`,
  );
  return tables.map((row) => {
    const table = row.text('name');
    const columns = store
      .rows(`SELECT name FROM pragma_table_info('${table}') WHERE type NOT IN ('INTEGER', 'REAL')`)
      .map((column) => column.text('name'));
    return { table, columns };
  });
}

function listLogs(directory: string): string[] {
  const folder = join(directory, 'log');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : '';
}
