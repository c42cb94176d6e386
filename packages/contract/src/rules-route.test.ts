import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { actOf, apiWith, mistakesOf, someApi, someOperation } from './fixtures.ts';
import { version } from './marks.ts';
import { isPage } from './page.ts';
import { queryFields } from './rules-route.ts';

type Spec = Parameters<typeof apiWith>[0];
type Operations = Readonly<Record<string, ReturnType<typeof someOperation>>>;

const accepted = (spec: Spec) =>
  assert.deepEqual(
    mistakesOf(() => apiWith(spec)),
    [],
  );

function refused(spec: Spec, mistake: RegExp): void {
  const found = mistakesOf(() => apiWith(spec));
  assert.equal(found.length, 1, `one mistake, not ${JSON.stringify(found, null, 1)}`);
  assert.match(found.join(), mistake);
}

function allRefused(operations: Operations, mistake: RegExp): void {
  const found = mistakesOf(() => someApi({ operations }));
  assert.equal(found.length, 1, `one mistake, not ${JSON.stringify(found, null, 1)}`);
  assert.match(found.join(), mistake);
}

const read = { effect: 'safe', http: 'GET /things/{thingId}' } as const;
const Key = z.object({ thingId: z.string() });

describe('routes', () => {
  test('are a method and a path of plain segments and parameters', () => {
    const input = z.object({ a: z.string(), b: z.string() });
    accepted({ http: 'PUT /a-b/{a}/c.d/{b}', effect: 'idempotent', input });
    for (const http of ['TRACE /a', '/a', 'get /a', '']) {
      refused({ http }, /operations\.act\.http: .* is not one of GET, POST/);
    }
    for (const path of ['a', '/', '/a/', '//a', '/a b', '/{}', '/../a', '/a?b', '/%41']) {
      refused({ http: `POST ${path}` }, /is not a path of plain segments/);
    }
    const twice = { http: 'POST /{a}/{a}', input: z.object({ a: z.string() }) };
    refused(twice, /names a parameter twice/);
  });

  test('belong to one operation each', () => {
    const operations = {
      one: someOperation({ http: 'POST /a' }),
      two: someOperation({ http: 'POST /a' }),
    };
    allRefused(operations, /operations\.two\.http: the operation "one" has this route already/);
  });

  test('that differ in a parameter only are one path, which OpenAPI forbids', () => {
    const change = { effect: 'idempotent', http: 'PUT /things/{name}' } as const;
    const operations = {
      read: someOperation({ ...read, input: Key }),
      change: someOperation({ ...change, input: z.object({ name: z.string() }) }),
    };
    allRefused(operations, /operations\.change\.http: .* differs only in a parameter's name/);
  });

  test('keep what their method promises', () => {
    const http = (text: string, effect: 'safe' | 'unsafe' | 'keyed') => ({ http: text, effect });
    refused(http('GET /a', 'unsafe'), /GET promises a safe operation, and this one is unsafe/);
    refused(http('GET /a', 'keyed'), /GET promises a safe operation/);
    refused(http('PUT /a', 'safe'), /a safe operation is a GET, or a POST/);
    refused(http('PUT /a', 'unsafe'), /PUT promises that repeating it is harmless/);
    refused(http('DELETE /a', 'unsafe'), /DELETE promises that repeating/);
    accepted(http('POST /a', 'safe'));
    accepted(http('PATCH /a', 'unsafe'));
    accepted(http('DELETE /a', 'keyed'));
  });
});

describe('path parameters', () => {
  test('are required fields of the input, with a single value', () => {
    accepted({ ...read, input: Key });
    refused(read, /operations\.act\.http: the path names \{thingId\}, which is not a field/);
    const wrong = [z.string().optional(), z.array(z.string()), z.string().nullable(), z.unknown()];
    for (const thingId of wrong) {
      const input = z.object({ thingId });
      refused({ ...read, input }, /input\.thingId: a path parameter is required and a single/);
    }
  });

  test('may be of a named type', () => {
    const Sku = z.string().meta({ id: 'Sku' });
    accepted({ ...read, input: z.object({ thingId: Sku }) });
  });
});

describe('queries', () => {
  const query = (field: z.ZodType, http = 'GET /things') => {
    const effect = http.startsWith('GET') ? ('safe' as const) : ('idempotent' as const);
    return { effect, http, input: z.object({ field }) };
  };

  test('hold single values and lists of them', () => {
    for (const field of [z.string(), z.int().optional(), z.array(z.boolean()), z.enum(['a'])]) {
      accepted(query(field));
      accepted(query(field, 'DELETE /things'));
    }
    const rest = [
      z.object({ a: z.string() }),
      z.array(z.object({ a: z.string() })),
      z.record(z.string(), z.string()),
      z.string().nullable(),
      z.array(z.string().nullable()),
      z.array(z.array(z.string())),
    ];
    for (const field of rest) {
      refused(query(field), /input\.field: GET has no body, and a query holds only/);
      refused(query(field, 'DELETE /things'), /input\.field: DELETE has no body/);
      accepted(query(field, 'PUT /things'));
    }
  });

  test('are made of what is neither in the path nor in If-Match', () => {
    const input = z.object({
      thingId: z.string(),
      force: z.boolean().optional(),
      revision: z.int().meta(version()),
    });
    const made = apiWith({ effect: 'idempotent', http: 'DELETE /things/{thingId}', input });
    const names = queryFields(actOf(made)).map(({ name }) => name);
    assert.deepEqual(names, ['force']);
    assert.deepEqual(queryFields(actOf(apiWith({ input }))), []);
  });
});

describe('what an operation creates', () => {
  const readThing = someOperation({ ...read, input: Key });

  test('is read by a GET whose path this output fills', () => {
    const create = { effect: 'keyed', creates: 'readThing' } as const;
    const made = (spec: Spec) => ({ readThing, act: someOperation({ ...create, ...spec }) });
    const operations = made({ output: Key });
    assert.deepEqual(
      mistakesOf(() => someApi({ operations })),
      [],
    );
    allRefused(made({}), /creates: the output has no field "thingId"/);
    const optional = z.object({ thingId: z.string().optional() });
    allRefused(made({ output: optional }), /creates: the output has no field "thingId"/);
    allRefused(made({ output: Key, creates: 'nothing' }), /"nothing" is not an operation/);
    allRefused(made({ output: Key, creates: 'act' }), /"act" does not read with GET/);
    allRefused(made({ output: Key, effect: 'safe' }), /a safe operation makes nothing/);
  });
});

describe('what an operation undoes', () => {
  test('is a keyed operation, by one that may be repeated', () => {
    const hold = someOperation({ effect: 'keyed' });
    const look = someOperation({ effect: 'safe' });
    const made = (undoes: string, effect: 'idempotent' | 'unsafe') => ({
      hold,
      look,
      act: someOperation({ effect, undoes }),
    });
    const operations = made('hold', 'idempotent');
    assert.deepEqual(
      mistakesOf(() => someApi({ operations })),
      [],
    );
    allRefused(made('look', 'idempotent'), /"look" is not a keyed operation/);
    allRefused(made('nothing', 'idempotent'), /"nothing" is not a keyed operation/);
    allRefused(made('hold', 'unsafe'), /an undo is repeated until it works/);
  });
});

describe('raw inputs', () => {
  const input = z.object({
    body: z.base64(),
    signature: z.string(),
    provider: z.string(),
    extra: z.string().optional(),
  });
  const spec = {
    effect: 'idempotent',
    http: 'POST /webhooks/{provider}',
    input,
    raw: { body: 'body', headers: { signature: 'X-Signature' } },
  } as const;

  test('fill every required field from the body, headers and the path', () => {
    accepted(spec);
    const { raw } = spec;
    refused({ ...spec, raw: { ...raw, headers: {} } }, /nothing fills the required field "sig/);
    const text = { ...spec, input: input.omit({ body: true }), raw: { ...raw, body: 'extra' } };
    refused(text, /"extra" is not a binary field/);
    const headers = { ...raw.headers, nothing: 'X-A' };
    refused({ ...spec, raw: { ...raw, headers } }, /"nothing" is not a string field/);
    const wrong = { signature: 'X Signature' };
    refused({ ...spec, raw: { ...raw, headers: wrong } }, /is not the name of a header/);
    refused({ ...spec, http: 'PATCH /webhooks/{provider}' }, /PATCH has no body/);
  });
});

describe('pages', () => {
  const page = { items: z.array(z.string()), next: z.string().optional() };
  const ask = { cursor: z.string().optional(), limit: z.int().min(1).max(100).optional() };
  const list = (input: z.ZodRawShape, output: z.ZodRawShape = page): Spec => ({
    effect: 'safe',
    http: 'GET /things',
    input: z.object(input),
    output: z.object(output),
  });
  const isPaged = (spec: Spec) => {
    const made = apiWith(spec);
    return isPage(actOf(made), made);
  };

  test('are known by items and next, cursor and a bounded limit', () => {
    assert.equal(isPaged(list(ask)), true);
    assert.equal(isPaged(list({ cursor: ask.cursor })), true);
    assert.equal(isPaged(list({})), false);
    assert.equal(isPaged(list(ask, { items: page.items })), false);
    assert.equal(isPaged(list(ask, { ...page, items: z.string() })), false);
    assert.equal(isPaged({}), false);
  });

  test('refuse limits without a maximum, and cursors that are required', () => {
    const wrong = /input: the limit of a page is an optional integer with a maximum/;
    refused(list({ ...ask, limit: z.int().optional() }), wrong);
    refused(list({ ...ask, limit: z.int().max(10) }), wrong);
    refused(list({ ...ask, limit: z.string().optional() }), wrong);
    refused(list({ ...ask, cursor: z.string() }), /the cursor of a page is an optional string/);
    refused(list({ ...ask, cursor: z.int().optional() }), /the cursor of a page/);
  });
});
