import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { api } from './define.ts';
import { DefinitionError } from './definition-error.ts';
import { error } from './error.ts';
import { event } from './event.ts';
import { actOf, apiWith, mistakesOf, someApi, someOperation } from './fixtures.ts';
import { access, id, sensitive, version } from './marks.ts';
import { operation } from './operation.ts';

describe('an API', () => {
  test('holds what was defined, with defaults written out', () => {
    const { input, output, errors, ...rest } = actOf(apiWith({ access: 'orders:write' }));
    assert.deepEqual(rest, {
      api: 'sample',
      name: 'act',
      id: 'sample.act',
      summary: 'Does something.',
      exposure: 'internal',
      access: ['orders:write'],
      effect: 'unsafe',
      http: { method: 'POST', path: '/act', parameters: [] },
      criticality: 'default',
      timeoutMs: 3000,
      waits: false,
      cost: 1,
    });
    assert.deepEqual(input.shape, { kind: 'object', fields: [] });
    assert.equal(input.schema.additionalProperties, false);
    assert.equal(output, undefined);
    assert.deepEqual(errors, {});
  });

  test('names its errors by the key under which an operation declares them', () => {
    const Missing = error({
      status: 404,
      summary: 'Nothing.',
      data: z.object({ sku: z.string() }),
    });
    const made = apiWith({ errors: { NoSuchSku: Missing } });
    const { NoSuchSku } = actOf(made).errors;
    assert.equal(NoSuchSku?.name, 'NoSuchSku');
    assert.equal(NoSuchSku.definition, Missing);
    assert.equal(NoSuchSku.data?.shape.kind, 'object');
  });

  test('has the marks of its fields', () => {
    const made = apiWith({
      output: z.object({
        orderId: z.string().meta(id('ord')),
        email: z.email().meta(sensitive()),
        emails: z.array(z.email().meta(sensitive())),
        margin: z.int().optional().meta(access('orders:margin')),
        revision: z.int().meta(version()),
      }),
    });
    const marks = actOf(made).output?.shape.fields.map(({ shape: _shape, ...rest }) => rest);
    assert.deepEqual(marks, [
      { name: 'orderId', required: true, id: 'ord' },
      { name: 'email', required: true, sensitive: true },
      { name: 'emails', required: true, sensitive: true },
      { name: 'margin', required: false, access: ['orders:margin'] },
      { name: 'revision', required: true, version: true },
    ]);
  });

  test('has events with their payload', () => {
    const payload = z.object({ sku: z.string() });
    const made = api('stock', {
      version: '2.1.0',
      summary: 'Stock.',
      operations: {},
      events: { SoldOut: event({ summary: 'Sold out.', key: 'sku', payload, retainDays: 30 }) },
    });
    assert.equal(made.major, 2);
    const { payload: read, ...rest } = made.events.SoldOut;
    assert.deepEqual(rest, {
      api: 'stock',
      name: 'SoldOut',
      id: 'stock.SoldOut',
      summary: 'Sold out.',
      key: 'sku',
      exposure: 'internal',
      access: undefined,
      retainDays: 30,
    });
    assert.equal(read.shape.fields[0]?.name, 'sku');
  });
});

describe('mistakes', () => {
  test('are all listed together, each with its place', () => {
    const define = () =>
      api('Sample API', {
        version: '1',
        summary: ' ',
        operations: {
          Get: operation({ summary: '', effect: 'safe', http: 'FETCH /a' }),
          act: someOperation({ exposure: 'public', input: z.object({ when: z.date() }) }),
        },
        events: {
          happened: event({ summary: 'x', key: 'no', payload: z.object({ a: z.string() }) }),
        },
      });
    const places = mistakesOf(define).map((text) => text.split(': ')[0]);
    assert.deepEqual(places, [
      'operations.act.input.when',
      'name',
      'version',
      'summary',
      'operations.Get',
      'operations.Get',
      'operations.Get.http',
      'operations.act',
      'events.happened',
      'events.happened.key',
    ]);
    assert.throws(define, (thrown) => {
      assert.ok(thrown instanceof DefinitionError);
      assert.match(
        thrown.message,
        /^The API "Sample API" is refused, 10 mistakes:\n {2}operations/,
      );
      return true;
    });
  });

  test('of a schema are not followed by what only follows from them', () => {
    const operations = {
      act: someOperation({ http: 'POST /things/{thingId}', input: z.string() }),
    };
    assert.deepEqual(
      mistakesOf(() => someApi({ operations })).map((text) => text.split(': ')[0]),
      ['operations.act.input'],
    );
  });
});
