import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { compare } from './compare.ts';
import { toContractJson } from './contract-json.ts';
import { parseContractJson } from './contract-parser.ts';
import { error } from './error.ts';
import { event } from './event.ts';
import { actOf, mistakesOf, someApi, someOperation } from './fixtures.ts';
import { id, sensitive } from './marks.ts';

const Money = z.object({ amount: z.int(), currency: z.string().length(3) }).meta({ id: 'Money' });

/** An API that uses every attribute there is. */
const everything = someApi({
  description: 'More of it.',
  operations: {
    read: someOperation({
      effect: 'safe',
      exposure: 'public',
      access: 'anyone',
      owner: 'shared',
      http: 'GET /orders/{orderId}',
      input: z.object({ orderId: z.string().meta(id('ord')) }),
      output: z.object({ orderId: z.string(), total: Money.nullable() }),
      cache: { maxAgeSeconds: 5, shared: true },
      deprecated: { since: '2026-01-01', sunset: '2026-06-01', use: 'hear' },
    }),
    act: someOperation({
      description: 'At length.',
      effect: 'keyed',
      access: ['orders:write'],
      http: 'POST /orders',
      input: z.object({ total: Money, email: z.email().meta(sensitive()) }),
      output: z.object({ orderId: z.string() }),
      creates: 'read',
      criticality: 'critical',
      timeoutMs: 5000,
      waits: true,
      cost: 3,
      maxBytes: 2048,
      errors: {
        Refused: error({ status: 409, summary: 'No.', data: z.object({ why: z.string() }) }),
        Busy: error({ status: 503, summary: 'Later.' }),
      },
    }),
    undo: someOperation({ effect: 'idempotent', undoes: 'act' }),
    hear: someOperation({
      effect: 'idempotent',
      input: z.object({ body: z.base64(), signature: z.string() }),
      raw: { body: 'body', headers: { signature: 'X-Signature' } },
    }),
  },
  events: {
    Paid: event({
      summary: 'Paid.',
      key: 'orderId',
      payload: z.object({ orderId: z.string(), total: Money }),
      exposure: 'partner',
      access: 'orders:read',
      owner: 'consumer',
      retainDays: 90,
    }),
  },
});

const written = (): Record<string, unknown> =>
  JSON.parse(JSON.stringify(toContractJson(everything)));

/** The contract as JSON with one member of the operation `act` changed. */
function withAct(change: (act: Record<string, unknown>) => void): unknown {
  const json = written();
  const operations = json.operations as Record<string, Record<string, unknown>>;
  change(operations.act ?? {});
  return json;
}

describe('contract.json', () => {
  test('holds all of an API but the functions that make its errors', () => {
    const read = parseContractJson(written());
    assert.deepEqual(compare(everything, read), []);
    assert.deepEqual(toContractJson(read), written());
    assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(everything)));
    assert.equal(actOf(read).errors.Refused?.definition, undefined);
  });

  test('has its members in one order', () => {
    const json = toContractJson(everything);
    assert.deepEqual(Object.keys(json), [
      'format',
      'name',
      'version',
      'summary',
      'description',
      'operations',
      'events',
      'types',
    ]);
    assert.deepEqual(Object.keys(json.operations), ['read', 'act', 'undo', 'hear']);
    const act = Object.keys(json.operations.act ?? {});
    const undo = Object.keys(json.operations.undo ?? {});
    assert.deepEqual(
      undo.filter((name) => act.includes(name)),
      act.filter((name) => undo.includes(name)),
    );
  });
});

describe('reading contract.json', () => {
  const refused = (json: unknown, ...mistakes: readonly string[]) =>
    assert.deepEqual(
      mistakesOf(() => parseContractJson(json)),
      mistakes,
    );

  test('refuses what is no contract', () => {
    for (const json of [null, 'text', 3, [], [{}]]) {
      assert.match(
        mistakesOf(() => parseContractJson(json)).join(),
        /contract: this must be an obj/,
      );
    }
    assert.ok(mistakesOf(() => parseContractJson({})).length > 3);
  });

  test('refuses another format', () => {
    refused(
      { ...written(), format: 2 },
      'format: this version of Portico reads the format 1 only.',
    );
  });

  test('names members that are missing, unknown or of another type', () => {
    refused(
      withAct((act) => {
        delete act.summary;
        act.colour = 'red';
        act.timeoutMs = '5000';
        act.access = [1];
      }),
      'operations.act.access: this must be "anyone", "signedIn" or a list of permissions.',
      'operations.act.timeoutMs: this must be a number.',
      'operations.act.colour: no such member is known here.',
      'operations.act.summary: this member is missing.',
    );
    refused(
      withAct((act) => {
        act.deprecated = { since: 3 };
        act.raw = { body: 'body', headers: { a: 1 } };
        act.errors = { Refused: { status: '409', summary: 'No.' }, Busy: null };
      }),
      'operations.act.raw.headers: this must be an object of strings.',
      'operations.act.deprecated.since: this must be a string.',
      'operations.act.errors.Refused.status: this must be a number.',
      'operations.act.errors.Busy: this must be an object.',
    );
  });

  test('checks schemas and rules as a definition does', () => {
    refused(
      withAct((act) => {
        act.output = { type: 'array', items: {} };
      }),
      'operations.act.output: this must be an object with named fields.',
    );
    refused(
      withAct((act) => {
        act.http = 'POST orders';
        act.effect = 'magic';
      }),
      'operations.act.effect: "magic" is not one of safe, idempotent, keyed, unsafe.',
      'operations.act.http: "orders" is not a path of plain segments and {parameters}, like "/stock/{sku}".',
      'operations.undo.undoes: "act" is not a keyed operation of this API.',
    );
    const [first = ''] = mistakesOf(() => parseContractJson({ ...written(), types: {} }));
    assert.match(first, /^operations\.read\.output\.total: the reference .* leads nowhere/);
  });

  test('takes names of prototypes for data', () => {
    const json = JSON.parse(
      JSON.stringify(written()).replace('"operations":{', '"operations":{"__proto__":{},'),
    );
    assert.match(
      mistakesOf(() => parseContractJson(json)).join(),
      /operations\.__proto__\.summary: this member is missing/,
    );
  });
});
