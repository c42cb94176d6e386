import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import * as fc from 'fast-check';
import { parseXml, type XmlHandler } from './guard.ts';

function listen(): XmlHandler & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    open: ({ uri, local }) => heard.push(`<{${uri}}${local}`),
    text: (text) => heard.push(text),
    close: () => heard.push('>'),
  };
}

function parse(source: string | Uint8Array, charset?: string): string[] {
  const handler = listen();
  parseXml(typeof source === 'string' ? Buffer.from(source) : source, charset, handler);
  return handler.heard;
}

function refuses(source: string | Uint8Array, message: RegExp, charset?: string): void {
  assert.throws(
    () => parse(source, charset),
    (thrown) => thrown instanceof Failure && message.test(thrown.message),
  );
}

test('gives elements with their namespaces and text with its references resolved', () => {
  const source = '<a xmlns="u"><b>1 &lt; 2 &#x41;&amp;<![CDATA[<x>]]></b><!-- no --></a>';
  assert.deepEqual(parse(source).join(''), '<{u}a<{u}b1 < 2 A&<x>>>');
});

test('refuses document types, processing instructions, and entities beyond the five', () => {
  refuses('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', /document type/);
  refuses('<a><?php echo ?></a>', /processing instruction/);
  refuses('<?x y?><a/>', /processing instruction/);
  refuses('<a>&e;</a>', /not well-formed/);
  refuses('<?xml version="1.1"?><a/>', /XML 1\.0/);
});

test('refuses what is not well-formed', () => {
  for (const source of [
    '',
    '<a>',
    '<a></b>',
    '<a b=c/>',
    '<a b="1" b="2"/>',
    '<x:a/>',
    'text',
    '<a/><b/>',
    '<a>\u0001</a>',
  ]) {
    refuses(source, /not well-formed/);
  }
});

test('bounds depth, elements, attributes, namespaces and names', () => {
  const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  assert.equal(parse(nested(64)).length, 128);
  refuses(nested(65), /deeper than 64/);
  refuses(`<a>${'<b/>'.repeat(50_000)}</a>`, /more than 50000 elements/);
  const attributes = (count: number) =>
    Array.from({ length: count }, (_, i) => ` a${i}=""`).join('');
  parse(`<a${attributes(64)}/>`);
  refuses(`<a${attributes(65)}/>`, /more than 64 attributes/);
  const declared = (count: number) =>
    Array.from({ length: count }, (_, i) => `<b xmlns="u${i}"/>`).join('');
  parse(`<a>${declared(64)}${declared(64)}</a>`);
  refuses(`<a>${declared(65)}</a>`, /more than 64 namespaces/);
  parse(`<${'n'.repeat(256)}/>`);
  refuses(`<${'n'.repeat(257)}/>`, /longer than 256/);
  refuses(`<a ${'n'.repeat(257)}=""/>`, /longer than 256/);
});

test('decodes UTF-8 and UTF-16 and wants all statements about the encoding to agree', () => {
  const utf16 = Buffer.from('\ufeff<a>\u00e4</a>', 'utf16le');
  assert.deepEqual(parse(utf16), ['<{}a', '\u00e4', '>']);
  assert.deepEqual(parse(utf16, 'utf-16'), ['<{}a', '\u00e4', '>']);
  assert.deepEqual(parse(Buffer.from(utf16).swap16()), ['<{}a', '\u00e4', '>']);
  assert.deepEqual(parse(Buffer.from('<a/>', 'utf16le')), ['<{}a', '>']);
  assert.deepEqual(parse('\ufeff<?xml version="1.0" encoding="UTF-8"?><a/>', 'utf-8'), [
    '<{}a',
    '>',
  ]);
  refuses(utf16, /content type says utf-8/, 'utf-8');
  refuses('<a/>', /content type says utf-16/, 'utf-16');
  refuses('<a/>', /charset iso-8859-1/, 'iso-8859-1');
  refuses('<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /declaration says ISO-8859-1/);
  refuses(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c]), /not valid UTF-8/);
  refuses('\ufeff\ufeff<a/>', /two byte order marks/);
});

test('answers arbitrary bytes with a failure or with events, and with nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        parse(bytes);
      } catch (thrown) {
        assert.ok(thrown instanceof Failure, String(thrown));
      }
    }),
  );
});
