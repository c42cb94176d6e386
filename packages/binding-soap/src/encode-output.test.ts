import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, Shape } from '@portico/contract';
import { createEndpoint, envelope } from './fixtures/exchange.ts';
import { apiOf } from './fixtures/shapes.ts';

/** What stands in the response for one field of this shape. */
async function write(shape: Shape, value: unknown, name = 'f'): Promise<string> {
  const field: Field = { name, shape, required: false };
  const endpoint = createEndpoint(apiOf([field]));
  const body = envelope('1.1', `<echo xmlns="${endpoint.namespace}"/>`);
  const dispatch = () => (value === undefined ? {} : { [name]: value });
  const { text } = await endpoint.send({ body, dispatch });
  return /<echoResponse[^>]*>(.*)<\/echoResponse>/s.exec(text)?.[1] ?? text;
}

test('writes values in the lexical forms of XML Schema', async () => {
  assert.equal(await write({ kind: 'number' }, 1e21), '<f>1e+21</f>');
  assert.equal(
    await write({ kind: 'integer', width: 'unbounded' }, 1e21),
    '<f>1000000000000000000000</f>',
  );
  const instant: Shape = { kind: 'string', format: 'date-time' };
  assert.equal(await write(instant, '2026-01-31 12:00:00z'), '<f>2026-01-31T12:00:00Z</f>');
  assert.equal(
    await write(instant, '2026-01-31T12:00:00+02:00'),
    '<f>2026-01-31T12:00:00+02:00</f>',
  );
  const duration: Shape = { kind: 'string', format: 'duration' };
  assert.equal(await write(duration, 'P2W'), '<f>P14D</f>');
  assert.equal(await write(duration, 'PT1H'), '<f>PT1H</f>');
  assert.equal(await write({ kind: 'any' }, { a: '<' }), '<f>{"a":"&lt;"}</f>');
});

test('writes absent, null and empty apart', async () => {
  const list: Shape = { kind: 'array', items: { kind: 'string' }, nullable: true };
  assert.equal(await write(list, undefined), '');
  assert.equal(await write(list, null), '<f xsi:nil="true"/>');
  assert.equal(await write(list, []), '<f></f>');
  assert.equal(await write(list, ['', 'x']), '<f><item></item><item>x</item></f>');
});

test('does not take what objects inherit for a field, nor a field for code', async () => {
  assert.equal(await write({ kind: 'string' }, undefined, 'constructor'), '');
  assert.equal(
    await write({ kind: 'string' }, 'own', 'constructor'),
    '<constructor>own</constructor>',
  );
  const name = '"];process.exit(1);//`';
  assert.match(await write({ kind: 'string' }, 'x', name), /^<_x0022__x005D_/);
});

test('replaces characters that XML has no way to carry', async () => {
  assert.equal(await write({ kind: 'string' }, 'a\0b\u001fc\r\n'), '<f>a\ufffdb\ufffdc&#13;\n</f>');
});
