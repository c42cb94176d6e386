import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import fc from 'fast-check';
import { JSON_DEPTH_MAX, JSON_MEMBERS_MAX, parseJson, parseJsonText } from './guard.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown));
    return thrown;
  }
  assert.fail('nothing was refused');
}

test('gives what JSON.parse gives for any value that JSON can hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parseJson(bytes(text)).value, JSON.parse(text));
    }),
  );
});

test('throws nothing but failures, whatever the bytes', () => {
  const soup = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'u', 'd800', '-', '0', '1e999', ' '),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        soup.map((parts) => bytes(parts.join(''))),
        fc.json().map((text) => bytes(text.slice(0, -1))),
      ),
      (sent) => {
        try {
          parseJson(sent);
        } catch (thrown) {
          assert.ok(thrown instanceof Failure, String(thrown));
          assert.equal(thrown.class, 'REJECTED');
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('accepts exactly the texts that JSON.parse accepts, its own stricter rules aside', () => {
  const piece = fc.constantFrom('{', '}', '[', ']', ',', '"a":', '"b":', '1', '0.5', '"x"', 'null');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
      const text = parts.join(' ');
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (valid) {
        try {
          parseJsonText(text);
        } catch (thrown) {
          const violation = (thrown as Failure).details.violations?.[0];
          assert.equal(violation?.detail, 'Is given more than once.');
        }
      } else assert.equal(failureOf(() => parseJsonText(text)).code, 'malformed');
    }),
    { numRuns: 3_000 },
  );
});

test('refuses a name given twice, also when escapes hide it, with its place', () => {
  const cases = [
    ['{"a":1,"b":{"c":[{"x":1,"x":2}]}}', '/b/c/0/x'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"a/b":1,"~":{"t":"\\"","t":2},"a/b":1}', '/~0/t'],
    ['{"":1,"":1}', '/'],
  ] as const;
  for (const [text, pointer] of cases) {
    const failure = failureOf(() => parseJson(bytes(text)));
    assert.equal(failure.code, 'malformed');
    assert.equal(failure.details.violations?.[0]?.pointer, pointer);
  }
});

test('refuses negative zero and what no double holds, with its place', () => {
  for (const literal of ['-0', '-0.0', '-0e3', '1e400', '-1e400', '9'.repeat(400), '-1e-400']) {
    const failure = failureOf(() => parseJson(bytes(`{"a":[1,${literal}]}`)));
    assert.equal(failure.code, 'invalid', literal);
    assert.equal(failure.details.violations?.[0]?.pointer, '/a/1');
  }
  for (const literal of ['-0.5', '1e3', '-1E+2', '0', '1'.repeat(300)]) {
    assert.deepEqual(parseJson(bytes(`[${literal}]`)).value, [Number(literal)]);
  }
});

test('says when a whole number may have been rounded', () => {
  assert.equal(parseJsonText('[123456789012345]').longNumbers, false);
  assert.equal(parseJsonText('[9007199254740993]').longNumbers, true);
  assert.equal(parseJsonText('[1e30]').longNumbers, true);
  assert.equal(parseJsonText('["9007199254740993"]').longNumbers, false);
});

test('explains a text of a megabyte without running out of stack', () => {
  const long = JSON.stringify('\\n"x'.repeat(200_000));
  const failure = failureOf(() => parseJsonText(`{"a":${long},"b":1,"b":2}`));
  assert.equal(failure.details.violations?.[0]?.pointer, '/b');
});

test('keeps prototype names as data', () => {
  const { value } = parseJsonText('{"__proto__":{"admin":true},"constructor":1}');
  assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor']);
  assert.equal(({} as Record<string, unknown>).admin, undefined);
});

test('refuses lone surrogates, and keeps whole ones', () => {
  assert.equal(parseJsonText('"\\ud83d\\ude00"').value, '😀');
  assert.equal(failureOf(() => parseJsonText('{"a":"\\ud83d"}')).code, 'malformed');
  assert.equal(failureOf(() => parseJsonText('{"\\uDE00":1}')).code, 'malformed');
});

test('refuses bytes that are not UTF-8, and a byte order mark', () => {
  for (const sent of [
    [0x22, 0xc3, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0xef, 0xbb, 0xbf, 0x31],
  ]) {
    assert.equal(failureOf(() => parseJson(Uint8Array.from(sent))).code, 'malformed');
  }
});

test('counts depth and members exactly, before it parses', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parseJsonText(nested(JSON_DEPTH_MAX)));
  assert.match(
    failureOf(() => parseJsonText(nested(JSON_DEPTH_MAX + 1))).message,
    /deeper than 32/,
  );
  assert.match(failureOf(() => parseJsonText('['.repeat(1_000_000))).message, /deeper than 32/);
  const list = (length: number) => `[${'1,'.repeat(length - 1)}1]`;
  assert.ok(parseJsonText(list(JSON_MEMBERS_MAX)));
  assert.match(failureOf(() => parseJsonText(list(JSON_MEMBERS_MAX + 1))).message, /10000 members/);
  assert.ok(parseJsonText(JSON.stringify('[{,:'.repeat(5_000))), 'strings are not structure');
});

test('names the position of a mistake but never what was sent', () => {
  const failure = failureOf(() => parseJsonText('{"password":"hunter2",}'));
  assert.match(failure.message, /at position 22/);
  assert.doesNotMatch(failure.message, /hunter2/);
});
