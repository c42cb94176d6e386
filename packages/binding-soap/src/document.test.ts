import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '@portico/contract';
import { createSoapBinding } from './binding.ts';
import { createEndpoint } from './fixtures/exchange.ts';
import { Shop } from './fixtures/shop.ts';

const shop = Shop as unknown as Api;
const { text: wsdl } = await createEndpoint(shop).send({ method: 'GET', query: 'wsdl' });
const all = (pattern: RegExp) => [...wsdl.matchAll(pattern)].map(([, first]) => first ?? '');

test('declares both versions of SOAP on one address', () => {
  assert.equal(all(/<soap(?:12)?:address location="([^"]+)"/g).length, 2);
  assert.equal(new Set(all(/<soap(?:12)?:address location="([^"]+)"/g)).size, 1);
  assert.equal(all(/<(soap12:binding) style="document"/g).length, 1);
});

test('gives each body element to one operation, and parts the name that importers unwrap', () => {
  const parts = all(/<wsdl:part name="parameters" element="tns:([^"]+)"/g);
  assert.deepEqual(parts, [
    'order',
    'orderResponse',
    'refund',
    'refundResponse',
    'upload',
    'uploadResponse',
  ]);
  const elements = all(/^ {6}<xsd:element name="([^"]+)"/gm);
  assert.equal(new Set(elements).size, elements.length);
});

test('refers only to messages, elements and types that it declares', () => {
  const declared = new Set([
    ...all(/<wsdl:message name="([^"]+)"/g),
    ...all(/^ {6}<xsd:\w+ name="([^"]+)"/gm),
    ...all(/<wsdl:(?:portType|binding) name="([^"]+)"/g),
  ]);
  const used = all(/(?:message|element|type|binding)="(?:tns|portico):([^"]+)"/g);
  assert.ok(used.length > 20);
  for (const name of used) assert.ok(declared.has(name), name);
});

test('declares errors, the shared problem, and the key header of keyed operations alone', () => {
  const operation = (name: string) =>
    new RegExp(`<wsdl:operation name="${name}">.*?</wsdl:operation>`, 'gs').exec(
      wsdl.slice(wsdl.indexOf('Soap11"')),
    )?.[0] ?? '';
  assert.match(operation('order'), /<soap:fault name="OutOfStock" use="literal"\/>/);
  assert.match(operation('order'), /<soap:fault name="Problem" use="literal"\/>/);
  assert.doesNotMatch(operation('order'), /soap:header/);
  assert.match(
    operation('refund'),
    /<soap:header message="tns:IdempotencyKeyHeader" part="IdempotencyKey" use="literal"\/>/,
  );
});

test('tells readers what operations do and which are deprecated', () => {
  assert.match(
    wsdl,
    /Refunds once per key\.\n\nDeprecated since 2026-01-01\. It ends on 2027-01-01\. Use order instead\./,
  );
});

test('lists its documents with the endpoint they describe', () => {
  const binding = createSoapBinding({ clock: { now: () => 0 } });
  const operations = Object.values(shop.operations);
  const system = {
    name: 'test',
    apis: [
      { api: shop, operations },
      { api: shop, operations: [] },
    ],
  };
  assert.deepEqual(binding.documents(system), [
    { path: '/soap/shop/v2?wsdl', mediaType: 'text/xml', api: 'shop', anchor: '/soap/shop/v2' },
  ]);
  assert.deepEqual(
    binding.routes(system).map(({ method, path }) => `${method} ${path}`),
    ['POST /soap/shop/v2', 'GET /soap/shop/v2'],
  );
});
