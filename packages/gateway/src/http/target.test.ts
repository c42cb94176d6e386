import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import fc from 'fast-check';
import { HTTP_LIMITS } from './limits.ts';
import { decodeSegments, parseTarget } from './target.ts';

const parse = (target: string, host: string | undefined = 'shop.example') =>
  parseTarget(target, host, HTTP_LIMITS);
const refuses = (target: string, code: string, host?: string) =>
  assert.throws(
    () => decodeSegments(parse(target, host).path),
    (error) => error instanceof Failure && error.code === code,
    target,
  );

test('a target is split into path and query, undecoded', () => {
  assert.deepEqual(parse('/a/b%2Fc;d?x=1?&y=%20'), {
    path: '/a/b%2Fc;d',
    query: 'x=1?&y=%20',
    encoded: true,
  });
  assert.deepEqual(parse('/'), { path: '/', query: '', encoded: false });
});

test('slashes in their encoded form and semicolons are data of their segment', () => {
  assert.deepEqual(decodeSegments('/a%2Fb/c;d=e/%25'), ['a/b', 'c;d=e', '%']);
});

test('what could be read in two ways is refused', () => {
  const bad = [
    '//a',
    '/a//b',
    '/./a',
    '/a/..',
    '/a/../b',
    '/a/%2e/b',
    '/a/%2E%2e',
    '/a\\b',
    '/a%5Cb',
    '/a%00',
    '/a?b=%00',
    '/a%0Ab',
    '/a%7f',
    '/a%C2%85',
    '/a%',
    '/a%zz',
    '/a%C3',
    '/a%C0%AF',
    '/a%ED%A0%80',
    '/a#b',
    '/a b',
    '/ä',
    'a',
    '',
    'ftp://shop.example/a',
    '*a',
  ];
  for (const target of bad) refuses(target, 'malformed');
});

test('an absolute target must name the authority of the host header', () => {
  assert.equal(parse('http://SHOP.example/a?b').path, '/a');
  assert.equal(parse('http://shop.example').path, '/');
  refuses('http://other.example/a', 'malformed');
  refuses('http://user@shop.example/a', 'malformed');
});

test('targets and queries have limits', () => {
  const path = `/${'a'.repeat(HTTP_LIMITS.targetBytes - 1)}`;
  assert.equal(parse(path).path, path);
  refuses(`${path}a`, 'target-too-long');
  assert.ok(parse(`/?${'a=1&'.repeat(99)}`));
  refuses(`/?${'a=1&'.repeat(100)}`, 'malformed');
});

test('a path of any segments comes back as they were, or is refused as malformed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }), { minLength: 1 }),
      (segments) => {
        let path: string;
        try {
          path = `/${segments.map(encodeURIComponent).join('/')}`;
        } catch {
          return; // A lone surrogate has no encoding.
        }
        try {
          assert.deepEqual(decodeSegments(parse(path).path), segments);
        } catch (error) {
          assert.ok(error instanceof Failure && error.code === 'malformed', String(error));
          const dubious = (segment: string) => /^\.{1,2}$|[\p{Cc}\\]/u.test(segment);
          assert.ok(segments.some(dubious), path);
        }
      },
    ),
  );
});

test('no target makes the parser throw anything but a failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (rest) => {
      try {
        decodeSegments(parse(`/${rest}`).path);
      } catch (error) {
        assert.ok(error instanceof Failure, String(error));
      }
    }),
  );
});
