import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import fc from 'fast-check';
import { parseQuery, QUERY_PARAMETERS_MAX } from './query.ts';

const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed());
const value = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());

test('reads back any parameters that were percent-encoded, in order and repeated', () => {
  const parameters = fc.array(fc.record({ name, value }, { noNullPrototype: true }), {
    maxLength: QUERY_PARAMETERS_MAX,
  });
  fc.assert(
    fc.property(parameters, fc.boolean(), (sent, plus) => {
      const encode = (text: string) =>
        plus ? encodeURIComponent(text).replaceAll('%20', '+') : encodeURIComponent(text);
      const raw = sent.map((one) => `${encode(one.name)}=${encode(one.value)}`).join('&');
      assert.deepEqual(parseQuery(raw), sent);
    }),
  );
});

test('agrees with URLSearchParams wherever it accepts', () => {
  const soup = fc.array(fc.constantFrom('a', 'b', '=', '&', '+', '%', '%41', '%C3%A9', '%c3', '['));
  fc.assert(
    fc.property(soup, (parts) => {
      const raw = parts.join('');
      let read: ReturnType<typeof parseQuery>;
      try {
        read = parseQuery(raw);
      } catch (thrown) {
        assert.ok(thrown instanceof Failure, String(thrown));
        assert.equal(thrown.code, 'malformed');
        return;
      }
      const expected = [...new URLSearchParams(raw)].map(([name, value]) => ({ name, value }));
      assert.deepEqual(read, expected);
    }),
    { numRuns: 2_000 },
  );
});

test('throws nothing but failures, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      try {
        parseQuery(raw);
      } catch (thrown) {
        assert.ok(thrown instanceof Failure, String(thrown));
      }
    }),
  );
});

test('refuses what others repair', () => {
  for (const raw of [
    'a=%',
    'a=%zz',
    'a=%C3%28',
    'a=%ED%A0%80',
    '=1',
    'a=1&',
    '&',
    'a=é',
    'a=b c',
  ]) {
    assert.throws(() => parseQuery(raw), { code: 'malformed' }, raw);
  }
  assert.deepEqual(parseQuery('a=b=c&d'), [
    { name: 'a', value: 'b=c' },
    { name: 'd', value: '' },
  ]);
  assert.deepEqual(parseQuery('a=%2541'), [{ name: 'a', value: '%41' }]);
});

test('takes as many parameters as the limit, and not one more', () => {
  const raw = (count: number) => Array.from({ length: count }, () => 'a=1').join('&');
  assert.equal(parseQuery(raw(QUERY_PARAMETERS_MAX)).length, QUERY_PARAMETERS_MAX);
  assert.throws(() => parseQuery(raw(QUERY_PARAMETERS_MAX + 1)), { code: 'malformed' });
});
