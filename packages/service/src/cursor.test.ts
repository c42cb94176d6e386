import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import fc from 'fast-check';
import { CURSOR_LENGTH_MAX, parseCursor, toCursor } from './cursor.ts';

describe('a cursor', () => {
  it('gives back what was put into it, and fits into a URL', () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 1 }), (value) => {
      fc.pre(JSON.stringify(value).length < 700);
      const text = toCursor(value);
      assert.match(text, /^[A-Za-z0-9_-]+$/);
      assert.deepEqual(parseCursor(text), JSON.parse(JSON.stringify(value)));
    });
    fc.assert(property);
  });

  it('is undefined where none was given', () => {
    assert.equal(parseCursor(undefined), undefined);
  });

  it('is refused as invalid when it is anything else', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.constantFrom('e30=', 'e3', '!', ' e30'),
    );
    const property = fc.property(junk, (text) => {
      try {
        assert.equal(toCursor(parseCursor(text)).length > 0, true);
      } catch (problem) {
        assert.ok(problem instanceof Failure && problem.code === 'invalid');
      }
    });
    fc.assert(property);
    for (const text of ['', 'e30=', 'e3', 'e30 ', '{}', 'x'.repeat(CURSOR_LENGTH_MAX + 1)]) {
      assert.throws(() => parseCursor(text), { code: 'invalid' }, text);
    }
  });

  it('is refused where it is made when it holds more than sort keys', () => {
    assert.throws(() => toCursor('x'.repeat(CURSOR_LENGTH_MAX)), /only sort keys/);
  });
});
