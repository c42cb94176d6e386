import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { escapeAttribute, escapeText, writeElement } from './xml-writer.ts';

test('escapes markup and carriage returns, and replaces what XML 1.0 has no way to carry', () => {
  assert.equal(escapeText('a<b>&"\r\n\t'), 'a&lt;b&gt;&amp;"&#13;\n\t');
  assert.equal(escapeText('\0\x08\x1f\uffff'), '\ufffd\ufffd\ufffd\ufffd');
  assert.equal(escapeAttribute('"\n\t<'), '&quot;&#10;&#9;&lt;');
});

test('writes elements indented, without what is undefined', () => {
  const content = [
    { name: 'b', content: 'x & y' },
    undefined,
    { name: 'c', attributes: { d: 1, e: undefined } },
  ];
  assert.equal(
    writeElement({ name: 'a', content }),
    '<a>\n  <b>x &amp; y</b>\n  <c d="1"/>\n</a>\n',
  );
});

test('character data is escaped wherever something has to be', () => {
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '\r': '&#13;',
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML can't carry.
  const special = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
  const unit = fc.oneof(
    fc.constantFrom(
      '&',
      '<',
      '>',
      '"',
      '\t',
      '\n',
      '\r',
      '\0',
      '\x1f',
      '\ufffd',
      '\ufffe',
      '\uffff',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const expected = text.replace(special, (found) => escapes[found] ?? '\ufffd');
      assert.equal(escapeText(text), expected);
    }),
  );
});
