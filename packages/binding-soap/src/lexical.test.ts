import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  BASE64,
  BOOLEAN,
  collapse,
  DATE,
  DECIMAL,
  DOUBLE,
  dateTimeLexical,
  integerLexical,
  JSON_TEXT,
  type Lexical,
} from './lexical.ts';

function check(lexical: Lexical, cases: Readonly<Record<string, unknown>>): void {
  for (const [text, value] of Object.entries(cases)) {
    assert.deepEqual(lexical.parse(text), value, JSON.stringify(text));
  }
}

test('reads booleans in all four forms', () => {
  check(BOOLEAN, {
    true: true,
    ' 1 ': true,
    false: false,
    '\n0\t': false,
    TRUE: undefined,
    '': undefined,
  });
});

test('reads finite numbers and refuses INF and NaN, which JSON has not', () => {
  check(DOUBLE, {
    '1': 1,
    ' +1.5E-3 ': 0.0015,
    '.5': 0.5,
    '5.': 5,
    INF: undefined,
    NaN: undefined,
    '1e999': undefined,
    '0x10': undefined,
    '': undefined,
  });
});

test('reads whole numbers within what JSON carries exactly', () => {
  check(integerLexical('int32'), {
    '-2147483648': -(2 ** 31),
    '2147483648': undefined,
    '+007': 7,
    '-0': 0,
    '1.0': undefined,
    '1e3': undefined,
  });
  check(integerLexical('int64'), {
    '9007199254740991': Number.MAX_SAFE_INTEGER,
    '9007199254740992': undefined,
  });
  check(integerLexical('unbounded'), { [`${'9'.repeat(400)}`]: undefined });
});

test('keeps decimals as text in the form of JSON', () => {
  check(DECIMAL, {
    '+.5': '0.5',
    '007.50': '7.50',
    '-0': '-0',
    '1.': '1',
    '12345678901234567890.123': '12345678901234567890.123',
    '.': undefined,
    '-': undefined,
    '1e3': undefined,
    '1,5': undefined,
  });
});

test('keeps date-times as they are unless the contract wants UTC', () => {
  const any = dateTimeLexical({ kind: 'string', format: 'date-time' });
  check(any, {
    ' 2026-01-31T12:00:00.25+02:00 ': '2026-01-31T12:00:00.25+02:00',
    '2026-01-31T12:00:00': undefined,
    '2026-01-31': undefined,
    '2026-01-31T12:00Z': undefined,
  });
  const utc = dateTimeLexical({ kind: 'string', format: 'date-time', pattern: 'Z$' });
  check(utc, {
    '2026-01-31T12:00:00.123456789+02:00': '2026-01-31T10:00:00.123456789Z',
    '2026-01-01T00:30:00+01:00': '2025-12-31T23:30:00Z',
    '2026-01-31T12:00:00-00:00': '2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z': '2026-01-31T12:00:00Z',
    '9999-12-31T23:59:59-01:00': '9999-12-31T23:59:59-01:00',
  });
});

test('drops the zone of a date, for the day is meant', () => {
  check(DATE, {
    '2026-01-31': '2026-01-31',
    '2026-01-31Z': '2026-01-31',
    '2026-01-31+02:00': '2026-01-31',
    '31.1.2026': undefined,
  });
});

test('reads base64 with white space in it and gives the canonical form', () => {
  check(BASE64, {
    ' AAEC\n A/8= ': 'AAECA/8=',
    '': '',
    'AB==': 'AA==',
    'AAB=': 'AAA=',
    A: undefined,
    'A===': undefined,
    'AA=A': undefined,
    'AA-_': undefined,
  });
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(BASE64.parse(text), text);
    }),
  );
});

test('reads JSON under bounds', () => {
  check(JSON_TEXT, {
    ' [1, {"a": "[[[["}] ': [1, { a: '[[[[' }],
    null: null,
    '': undefined,
    '{': undefined,
  });
  assert.equal(JSON_TEXT.parse('['.repeat(33) + ']'.repeat(33)), undefined);
  assert.notEqual(JSON_TEXT.parse('['.repeat(32) + ']'.repeat(32)), undefined);
  assert.equal(JSON_TEXT.parse(`[${'1,'.repeat(10_000)}1]`), undefined);
  const proto = JSON_TEXT.parse('{"__proto__": 1}');
  assert.deepEqual(Object.keys(proto as object), ['__proto__']);
});

test('collapses the four white spaces of XML and no others', () => {
  assert.equal(collapse(' \t\r\na b\u00a0 \n'), 'a b\u00a0');
});
