import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { api } from './define.ts';
import { error } from './error.ts';
import { event } from './event.ts';
import { apiWith, mistakesOf, someApi, someOperation } from './fixtures.ts';
import { access, id, version } from './marks.ts';

type Spec = Parameters<typeof apiWith>[0];

/** Asserts that a definition has one mistake, and that it is this one. */
function assertRefused(define: () => unknown, mistake: RegExp): void {
  const found = mistakesOf(define);
  assert.equal(found.length, 1, `one mistake, not ${JSON.stringify(found, null, 1)}`);
  assert.match(found.join(), mistake);
}

const accepted = (spec: Spec) =>
  assert.deepEqual(
    mistakesOf(() => apiWith(spec)),
    [],
  );
const refused = (spec: Spec, mistake: RegExp) => assertRefused(() => apiWith(spec), mistake);

const Named = z.object({ name: z.string() });

describe('names', () => {
  const named = (name: string) => () =>
    api(name, { version: '1.0.0', summary: 'A sample.', operations: {} });

  test('of an API are like "inventory" or "price-lists", and none of the gateway\'s paths', () => {
    for (const name of ['inventory', 'priceLists', 'price-lists', 'v2']) {
      assert.deepEqual(mistakesOf(named(name)), []);
    }
    for (const name of ['', 'Inventory', 'price_lists', '-a', 'a-', '2go', 'soap', 'docs']) {
      assertRefused(named(name), /^name: .* can't name an API/);
    }
  });

  test('of operations are in camelCase, and none that objects have anyway', () => {
    for (const name of ['Get', 'get-it', '1st', 'then', 'constructor', 'toString', '__proto__']) {
      const operations = Object.fromEntries([[name, someOperation({ http: 'POST /x' })]]);
      assertRefused(() => someApi({ operations }), /can't name an operation/);
    }
  });

  test('of events and errors are in PascalCase', () => {
    const events = { soldOut: event({ summary: 'x', key: 'name', payload: Named }) };
    assertRefused(() => someApi({ events }), /^events\.soldOut: .* can't name an event/);
    const missing = error({ status: 404, summary: 'x' });
    refused({ errors: { missing } }, /errors\.missing: .* can't name an error/);
  });
});

describe('versions and summaries', () => {
  test('a version is semantic', () => {
    for (const version of ['1.2.3', '0.1.0', '1.0.0-rc.1+5']) {
      assert.deepEqual(
        mistakesOf(() => someApi({ version })),
        [],
      );
    }
    for (const version of ['1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-']) {
      assertRefused(() => someApi({ version }), /^version: .* semantic version/);
    }
  });

  test('everything has a summary', () => {
    assertRefused(() => someApi({ summary: '' }), /^summary: a summary is missing/);
    refused({ summary: '' }, /^operations\.act: a summary is missing/);
    const events = { Done: event({ summary: '', key: 'name', payload: Named }) };
    assertRefused(() => someApi({ events }), /^events\.Done: a summary is missing/);
    const Nothing = error({ status: 404, summary: '' });
    refused({ errors: { Nothing } }, /errors\.Nothing: a summary is missing/);
  });
});

describe('access', () => {
  test('is stated by everything that can be reached from outside', () => {
    for (const exposure of ['public', 'partner', 'admin'] as const) {
      refused({ exposure }, /^operations\.act: what is \w+ says who may call/);
      accepted({ exposure, access: 'signedIn' });
    }
    const payload = Named;
    const open = {
      Done: event({ summary: 'x', key: 'name', payload, exposure: 'admin' as const }),
    };
    assertRefused(() => someApi({ events: open }), /^events\.Done: what is admin says/);
  });

  test('consists of permissions like "orders:write"', () => {
    accepted({ access: ['orders:write', 'portico:read'] });
    refused({ access: 'orders' }, /"orders" is not a permission/);
    refused({ access: ['orders:*'] }, /"orders:\*" is not a permission/);
    refused({ access: [] }, /empty list of permissions/);
    const secret = z.int().optional().meta(access('all'));
    refused({ output: z.object({ secret }) }, /output\.secret: "all" is not a permission/);
  });

  test('of a field makes it optional', () => {
    const cost = z.int().meta(access('orders:cost'));
    refused({ output: z.object({ cost }) }, /output\.cost: a field with access\(\) is optional/);
    accepted({ output: z.object({ cost: cost.optional() }) });
  });
});

describe('owners', () => {
  const orderId = z.string().meta(id('ord'));
  const open = { exposure: 'public', access: 'signedIn' } as const;

  test('are stated where an input carries an identifier, however deep', () => {
    const inputs = [
      z.object({ orderId }),
      z.object({ orders: z.array(z.object({ orderId: orderId.optional() })) }),
      z.object({ order: z.object({ orderId }).meta({ id: 'OrderRef' }) }),
      z.object({ byName: z.record(z.string(), orderId.nullable()) }),
    ];
    for (const input of inputs) {
      refused({ ...open, input }, /^operations\.act: the input carries an id\(…\)/);
      refused({ ...open, exposure: 'partner', input }, /carries an id/);
      accepted({ ...open, input, owner: 'subject' });
      accepted({ input });
    }
  });

  test('are stated by events that leave the system', () => {
    const spec = { summary: 'x', key: 'name', payload: Named, exposure: 'public' } as const;
    const events = { Done: event({ ...spec, access: 'signedIn' }) };
    assertRefused(() => someApi({ events }), /^events\.Done: what leaves the system says whose/);
    const owned = { Done: event({ ...spec, access: 'signedIn', owner: 'consumer' }) };
    assert.deepEqual(
      mistakesOf(() => someApi({ events: owned })),
      [],
    );
  });

  test('are of identifiers with a prefix that the host can make', () => {
    const made = (prefix: string) => ({ output: z.object({ a: z.string().meta(id(prefix)) }) });
    accepted(made('ord'));
    for (const prefix of ['', 'Ord', 'a_b', '1st', 'x'.repeat(17)]) {
      refused(made(prefix), /marks a string, with 1 to 16 lower-case/);
    }
    const output = z.object({ a: z.int().meta(id('ord')) });
    refused({ output }, /output\.a: id\("ord"\) marks a string/);
  });
});

describe('attributes', () => {
  test('have values of their closed lists', () => {
    const lists = { exposure: 'open', effect: 'none', criticality: 'high', owner: 'me' };
    for (const [attribute, value] of Object.entries(lists)) {
      const spec = { access: 'anyone', [attribute]: value } as Spec;
      refused(spec, new RegExp(`${attribute}: "${value}" is not one of`));
    }
  });

  test('have numbers within their bounds', () => {
    for (const timeoutMs of [0, 1.5, 60_001, Number.NaN]) {
      refused({ timeoutMs }, /timeoutMs: .* is not a whole number from 1 to 60000/);
    }
    for (const cost of [-1, 0.5]) refused({ cost }, /cost: .* is not a whole number/);
    for (const maxBytes of [0, 2 ** 40]) refused({ maxBytes }, /maxBytes: .* not a whole number/);
    accepted({ timeoutMs: 60_000, cost: 0, maxBytes: 1 });
    for (const retainDays of [0, 4000]) {
      const events = { Done: event({ summary: 'x', key: 'name', payload: Named, retainDays }) };
      assertRefused(() => someApi({ events }), /retainDays: .* is not a whole number/);
    }
  });

  test('cache only what is safe, and share only what anyone may read', () => {
    const read = { effect: 'safe', http: 'GET /a' } as const;
    accepted({ ...read, access: 'anyone', cache: { maxAgeSeconds: 60, shared: true } });
    refused({ cache: { maxAgeSeconds: 60 } }, /only what is safe can be cached/);
    refused({ ...read, cache: { maxAgeSeconds: -1 } }, /-1 is not a number of seconds/);
    const shared = { maxAgeSeconds: 1, shared: true };
    refused({ ...read, access: 'signedIn', cache: shared }, /hand one caller's reply to others/);
  });

  test('deprecate with dates of the calendar, in order, for another operation', () => {
    accepted({ deprecated: { since: '2026-01-31', sunset: '2026-12-31' } });
    refused({ deprecated: { since: '31.1.2026' } }, /"31\.1\.2026" is not a date/);
    refused({ deprecated: { since: '2026-02-30' } }, /"2026-02-30" is not a date/);
    const reversed = { since: '2026-02-01', sunset: '2026-01-01' };
    refused({ deprecated: reversed }, /the sunset comes before/);
    for (const use of ['act', 'nothing', 'toString']) {
      refused({ deprecated: { since: '2026-01-31', use } }, /is not another operation/);
    }
  });
});

describe('lists whose items differ', () => {
  test('hold single values', () => {
    const unique = { uniqueItems: true };
    accepted({ input: z.object({ skus: z.array(z.string()).meta(unique) }) });
    const wrong = z.object({ things: z.array(z.unknown()).meta(unique) });
    refused({ input: wrong }, /input\.things: only lists of single values/);
  });
});

describe('errors', () => {
  test('have a status from 400 to 499, or 503', () => {
    for (const status of [400, 499, 503]) {
      accepted({ errors: { Failed: error({ status, summary: 'x' }) } });
    }
    for (const status of [200, 399, 500, 502, 404.5]) {
      const Failed = error({ status, summary: 'x' });
      refused({ errors: { Failed } }, /errors\.Failed: the status .* is not from 400 to 499/);
    }
  });

  test('carry an object', () => {
    const Failed = error({ status: 404, summary: 'x', data: z.string() });
    refused({ errors: { Failed } }, /errors\.Failed: this must be an object/);
  });

  test('of one name are one error in all of an API', () => {
    const one = error({ status: 404, summary: 'x', data: z.object({ sku: z.string() }) });
    const same = error({ status: 404, summary: 'y', data: z.object({ sku: z.string() }) });
    const other = error({ status: 409, summary: 'x', data: z.object({ sku: z.string() }) });
    const both = (second: typeof one) => () =>
      someApi({
        operations: {
          a: someOperation({ errors: { Failed: one } }),
          b: someOperation({ errors: { Failed: second } }),
        },
      });
    assert.deepEqual(mistakesOf(both(same)), []);
    assertRefused(both(other), /operations\.b\.errors\.Failed: the operation "a" declares another/);
  });
});

describe('events', () => {
  test('are ordered by a required string or integer of their payload', () => {
    const keyed = (key: string) => () => {
      const payload = z.object({
        sku: z.string(),
        n: z.int(),
        maybe: z.string().optional(),
        empty: z.string().nullable(),
        list: z.array(z.string()),
      });
      return someApi({ events: { Done: event({ summary: 'x', key, payload }) } });
    };
    for (const key of ['sku', 'n']) assert.deepEqual(mistakesOf(keyed(key)), []);
    for (const key of ['maybe', 'empty', 'list', 'nothing']) {
      assertRefused(keyed(key), /^events\.Done\.key: .* is not a required string or integer/);
    }
  });
});

describe('versions of a resource', () => {
  test('are marked at most once on each side, on a string or an integer', () => {
    const one = z.int().meta(version());
    accepted({ input: z.object({ one }), output: z.object({ one }) });
    const two = z.object({ one, two: one });
    refused({ input: two }, /operations\.act\.input: only one field is the version/);
    refused({ output: two }, /operations\.act\.output: only one field is the version/);
    const wrong = z.object({ one: z.boolean().meta(version()) });
    refused({ output: wrong }, /output\.one: version\(\) marks a string or an integer/);
  });
});
