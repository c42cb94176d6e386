import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { createNameAllocator, toPascalCase, toXmlName } from './xsd-names.ts';

test('leaves names alone that XML takes, and escapes the others', () => {
  assert.equal(toXmlName('orderId'), 'orderId');
  assert.equal(toXmlName('2fa'), '_x0032_fa');
  assert.equal(toXmlName('a b'), 'a_x0020_b');
  assert.equal(toXmlName('_x0041_'), '_x005F_x0041_');
});

test('gives different names different XML names, each well-formed', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.stringMatching(/^_x[0-9A-F]{0,4}_?$/),
  );
  fc.assert(
    fc.property(name, name, (one, other) => {
      new SaxesParser({ xmlns: true }).write(`<${toXmlName(one)}/>`).close();
      assert.equal(toXmlName(one) === toXmlName(other), one === other);
    }),
  );
});

test('keeps names apart that importers would fold into one class', () => {
  const names = createNameAllocator();
  assert.deepEqual(
    ['Order', 'order', 'Or-der', 'Line'].map((name) => names.allocate(name)),
    ['Order', 'order2', 'Or-der3', 'Line'],
  );
  assert.equal(toPascalCase('order-lines of_day'), 'OrderLinesOfDay');
});
