import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocument } from './document.ts';
import { PLATFORM_RESPONSES } from './document-problems.ts';
import { CLASSES, REJECTIONS } from './error-map.ts';
import { system } from './fixtures/exchange.ts';

type Tree = { readonly [name: string]: Tree };

const document = createDocument({ system, apis: system.apis, info: {} }) as unknown as Tree;

/** The part at a place, for assertions; fails where there is none. */
function at(...names: readonly string[]): Tree {
  let part = document;
  for (const name of names) {
    const next = part[name];
    assert.ok(next !== undefined, `${names.join(' > ')} stops at ${name}`);
    part = next;
  }
  return part;
}

const operationAt = (path: string, method: string) => at('paths', path, method);
const one = '/documents/v1/documents/{documentId}';
const all = '/documents/v1/documents';

function namesOf(parameters: unknown): string[] {
  return (parameters as { $ref?: string; name: string; in: string }[]).map(
    (parameter) => parameter.$ref?.split('/').at(-1) ?? `${parameter.in} ${parameter.name}`,
  );
}

test('describes every published operation under a name of its own', () => {
  const ids: unknown[] = [];
  for (const [path, methods] of Object.entries(at('paths'))) {
    for (const operation of Object.values(methods)) ids.push(operation.operationId);
    assert.match(path, /^\/(?:documents\/v1|stock\/v2)\//);
  }
  const expected = system.apis.flatMap(({ api, operations }) =>
    operations.map((operation) => `${api.name}_${operation.name}`),
  );
  assert.deepEqual(ids.sort(), expected.sort());
});

test('refers to nothing that it does not hold, and holds nothing of the platform in vain', () => {
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, place]) => place));
  for (const place of references) at(...String(place).split('/'));
  for (const kind of ['responses', 'parameters', 'headers', 'schemas']) {
    for (const name of Object.keys(at('components', kind))) {
      assert.ok(references.has(`components/${kind}/${name}`), `${kind} ${name}`);
    }
  }
  assert.doesNotMatch(text, /\$defs|x-portico/);
});

test('puts each field where requests carry it', () => {
  assert.deepEqual(namesOf(operationAt(one, 'get').parameters), [
    'path documentId',
    'query parts',
    'If-None-Match',
  ]);
  const update = operationAt(one, 'put');
  assert.deepEqual(namesOf(update.parameters), ['path documentId', 'If-Match']);
  const body = update.requestBody?.content?.['application/json']?.schema;
  assert.deepEqual(Object.keys(body?.properties ?? {}), ['title', 'payment']);
  assert.equal(body?.additionalProperties, false);
  assert.deepEqual(body?.required, ['title']);
  const raw = operationAt('/documents/v1/notices/{source}', 'post');
  assert.deepEqual(namesOf(raw.parameters), ['path source', 'header X-Signature']);
  assert.deepEqual(namesOf(operationAt(all, 'post').parameters), ['Idempotency-Key']);
});

test('names every status that an operation can give', () => {
  const statuses = (path: string, method: string) =>
    Object.keys(operationAt(path, method).responses ?? {}).join(' ');
  assert.equal(statuses(one, 'get'), '200 304 400 401 403 404 406 414 429 431 500 503 504');
  assert.equal(
    statuses(all, 'post'),
    '201 400 401 406 408 409 413 414 415 422 429 431 500 503 504',
  );
  assert.equal(
    statuses(one, 'put'),
    '200 400 401 403 404 406 408 409 412 413 414 415 428 429 431 500 503 504',
  );
  assert.equal(statuses(one, 'delete'), '204 400 401 403 404 414 429 431 500 503 504');
});

test('has a response for every status of the error map', () => {
  const rows = [...Object.values(REJECTIONS), ...Object.values(CLASSES)];
  // No operation answers 405, which a path does, and nobody is left to see 499.
  const missing = rows.filter(({ status }) => !PLATFORM_RESPONSES[status]);
  assert.deepEqual(new Set(missing.map(({ status }) => status)), new Set([405, 499]));
});

test('types declared errors by their code, beside what the platform may answer', () => {
  const conflict = operationAt(all, 'post').responses?.['409'];
  const schemas = conflict?.content?.['application/problem+json']?.schema?.anyOf;
  const [taken, locked, platform] = Object.values(schemas ?? {});
  const own = Object.values(taken?.allOf ?? {})[1];
  assert.deepEqual(own?.properties?.code, { type: 'string', const: 'TitleTaken' });
  assert.deepEqual(Object.keys(own?.properties ?? {}), ['title', 'by', 'code']);
  assert.match(JSON.stringify(locked), /"const":"Locked"/);
  assert.deepEqual(platform, { $ref: '#/components/schemas/Problem' });
});

test('shares a type that two APIs mean alike, and keeps apart what they do not', () => {
  const names = Object.keys(at('components', 'schemas'));
  for (const name of ['Money', 'DocumentsNode', 'StockNode', 'Sku']) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(!names.includes('Node'));
  const tree = at('components', 'schemas', 'Document', 'properties', 'tree');
  assert.deepEqual(tree, { $ref: '#/components/schemas/DocumentsNode' });
  const [stock] = system.apis.slice(1);
  assert.ok(stock);
  const alone = createDocument({ system, apis: [stock], info: {} }) as unknown as Tree;
  assert.ok(alone.components?.schemas?.Node, 'alone, no name is ambiguous');
});

test('asks for a credential only where one is needed', () => {
  assert.deepEqual(operationAt(all, 'get').security, [{}]);
  const schemes = [{ bearer: [] }, { apiKey: [] }, { basic: [] }];
  assert.deepEqual(operationAt(one, 'get').security, schemes);
  assert.match(String(operationAt(one, 'get').description), /Needs `documents:read`/);
});

test('tells of deprecation, pages and places', () => {
  const touch = operationAt('/documents/v1/documents/{documentId}/touch', 'post');
  assert.equal(touch.deprecated, true);
  const headers = (path: string, method: string, status: string) =>
    Object.keys(operationAt(path, method).responses?.[status]?.headers ?? {});
  assert.deepEqual(headers(all, 'get', '200'), ['ETag', 'Link']);
  assert.deepEqual(headers(all, 'post', '201'), ['Location']);
});

test('keeps two majors of an API apart', () => {
  const [first] = system.apis;
  assert.ok(first);
  const apis = [first, { ...first, api: { ...first.api, major: 2, version: '2.0.0' } }];
  const text = JSON.stringify(createDocument({ system, apis, info: {} }));
  const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.includes('documents_v2_getDocument'));
});

test('changes its version when an API changes', () => {
  const version = (apis: typeof system.apis) =>
    (createDocument({ system, apis, info: {} }) as unknown as Tree).info?.version;
  const [documents, stock] = system.apis;
  assert.ok(documents && stock);
  const fewer = { ...documents, operations: documents.operations.slice(1) };
  assert.notEqual(version([documents, stock]), version([fewer, stock]));
});

test('shows examples that are valid where it can make one', () => {
  const media = operationAt(one, 'get').responses?.['200']?.content?.['application/json'];
  const example = media?.example;
  assert.equal(example?.documentId, 'doc_4fT9zQ2b');
  assert.deepEqual(example?.price, { amount: 1, currency: 'EUR' });
  assert.deepEqual(example?.payment, { type: 'card', last4: 'text' });
  assert.equal(example?.state, 'draft');
  const stock = operationAt('/stock/v2/stock/{sku}', 'get').responses?.['200'];
  assert.equal(stock?.content?.['application/json']?.example?.sku, 'MUG-1');
});
