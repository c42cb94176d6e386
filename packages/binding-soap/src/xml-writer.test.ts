import assert from 'node:assert/strict';
import { test } from 'node:test';
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
