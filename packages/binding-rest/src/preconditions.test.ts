import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTextReader } from './parameters.ts';
import { isNoneMatch, readIfMatch, toEntityTag } from './preconditions.ts';

const strings = createTextReader({ kind: 'string' }, {});
const integers = createTextReader({ kind: 'integer', width: 'int64' }, {});
const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());

test('reads back the version that it gave as a tag, whatever it holds', () => {
  fc.assert(
    fc.property(text, (version) => {
      const tag = toEntityTag(version);
      assert.match(tag, /^"[\x21\x23-\x7e]*"$/);
      assert.equal(readIfMatch(tag, strings), version);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeInteger(), (version) => {
      assert.equal(readIfMatch(toEntityTag(version), integers), version);
    }),
  );
});

test('finds a tag among others, strong or weak, and never a part of one', () => {
  fc.assert(
    fc.property(text, fc.array(text), fc.boolean(), (version, others, weak) => {
      const tag = toEntityTag(version);
      const different = others.filter((other) => other !== version).map(toEntityTag);
      const list = [...different, weak ? `W/${tag}` : tag].join(', ');
      assert.equal(isNoneMatch(list, tag), true);
      assert.equal(isNoneMatch(different.join(','), tag), false);
    }),
  );
});

test('throws nothing but failures, whatever the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (header) => {
      isNoneMatch(header, '"1"');
      try {
        readIfMatch(header, integers);
      } catch (thrown) {
        assert.equal((thrown as { class?: string }).class, 'REJECTED');
      }
    }),
  );
});
