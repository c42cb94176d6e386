import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP_LIMITS } from './limits.ts';
import { createRouter } from './router.ts';
import { parseTarget } from './target.ts';

const places = ['/', '/stock/{sku}', '/stock/mine', '/stock/{sku}/lines/{line}', '/docs'];
const router = createRouter(new Map(places.map((path) => [path, path])));
const find = (target: string) => {
  const found = router.find(parseTarget(target, 'a', HTTP_LIMITS));
  return found && { path: found.value, ...found.parameters };
};

test('a literal segment beats a parameter', () => {
  assert.deepEqual(find('/stock/mine'), { path: '/stock/mine' });
  assert.deepEqual(find('/stock/%6Dine'), { path: '/stock/mine' });
  assert.deepEqual(find('/stock/mines'), { path: '/stock/{sku}', sku: 'mines' });
  assert.deepEqual(find('/stock/mine/lines/1'), {
    path: '/stock/{sku}/lines/{line}',
    sku: 'mine',
    line: '1',
  });
});

test('parameters are decoded exactly once', () => {
  assert.deepEqual(find('/stock/a%2Fb'), { path: '/stock/{sku}', sku: 'a/b' });
  assert.deepEqual(find('/stock/%2541;%3B'), { path: '/stock/{sku}', sku: '%41;;' });
  assert.deepEqual(find('/stock/%C3%A9%20+/lines/%3F%23'), {
    path: '/stock/{sku}/lines/{line}',
    sku: 'é +',
    line: '?#',
  });
});

test('case and trailing slashes matter', () => {
  assert.deepEqual(find('/'), { path: '/' });
  for (const target of [
    '/Docs',
    '/docs/',
    '/stock',
    '/stock/',
    '/stock/a/',
    '/stock/a/lines',
    '/DOCS',
  ]) {
    assert.equal(find(target), undefined, target);
  }
});

test('long parameters are found, up to the length of a target', () => {
  const sku = 'a'.repeat(HTTP_LIMITS.targetBytes - '/stock/'.length);
  assert.deepEqual(find(`/stock/${sku}`), { path: '/stock/{sku}', sku });
});

test('a template that cannot be routed is refused at once', () => {
  for (const path of ['/a/:b', '/a/*', '/a/{b}c', '/a/(b)']) {
    assert.throws(() => createRouter(new Map([[path, 1]])), /Cannot route/);
  }
});
