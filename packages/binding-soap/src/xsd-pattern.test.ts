import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toXsdPattern } from './xsd-pattern.ts';

test('translates patterns that mean the same to XML Schema', () => {
  const same = {
    '^[A-Z]{2}-\\d+$': '[A-Z]{2}-[0-9]+',
    '^(?:a|b)\\.c?$': '(a|b)\\.c?',
    '^[\\w-]{1,64}$': '[A-Za-z0-9_\\-]{1,64}',
    '^[^/]$': '[^/]',
    '^ord_[0-9a-zA-Z]{22}$': 'ord_[0-9a-zA-Z]{22}',
    '^\\/x\\-$': '/x\\-',
    '^[-a]$': '[\\-a]',
    '^[a[]$': '[a\\[]',
  };
  for (const [pattern, xsd] of Object.entries(same)) assert.equal(toXsdPattern(pattern), xsd);
});

test('leaves out what XML Schema can not say, or would say differently', () => {
  const others = [
    'abc',
    '^abc',
    'abc$',
    '^a|b$',
    '^(?=a)b$',
    '^(a)\\1$',
    '^\\bword$',
    '^a+?$',
    '^\\s$',
    '^\\u0041$',
    '^\\p{L}$',
    '^[]$',
    '^a^b$',
    '^a\\$',
    '^(?<n>a)$',
    '^a{2}?$',
    '^[\\s]$',
  ];
  for (const pattern of others) assert.equal(toXsdPattern(pattern), undefined, pattern);
});
