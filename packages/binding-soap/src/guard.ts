import { Failure } from '@portico/contract';
import { SaxesParser, type SaxesTagNS, type XMLDecl } from 'saxes';
import {
  assertDeclaredEncoding,
  type CharacterEncoding,
  decodeText,
} from './character-encoding.ts';
import {
  XML_ATTRIBUTES_MAX,
  XML_DEPTH_MAX,
  XML_ELEMENTS_MAX,
  XML_NAME_LENGTH_MAX,
  XML_NAMESPACES_MAX,
} from './limits.ts';

/** An element as it opens, its names resolved. */
export type OpenTag = SaxesTagNS;

/** Gets a message's content in document order. What it throws ends the parsing. */
export interface XmlHandler {
  /** `resolve` gives the namespace of a prefix in scope here. */
  open(tag: OpenTag, attributes: number, resolve: (prefix: string) => string | undefined): void;
  /** Character data, references resolved; an element's may come in several parts. */
  text(text: string): void;
  close(): void;
}

/**
 * Parses a message under bounds: characters decoded first (UTF-8 or UTF-16, all statements about the
 * encoding in agreement), then strict, namespace-aware XML 1.0 without DOCTYPE, processing
 * instructions or entities other than the five predefined ones (SOAP 1.1 §3, SOAP 1.2 part 1 §5).
 * Nothing is fetched.
 *
 * @throws {Failure} `malformed`, `unsupported-media-type`, and what the handler throws.
 */
export function parseXml(
  bytes: Uint8Array,
  charset: string | undefined,
  handler: XmlHandler,
): void {
  const { text, encoding } = decodeText(bytes, charset);
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    refuse(`The XML is not well-formed at ${error.message}`);
  });
  guardElements(parser, handler, encoding);
  guardRareParts(parser, text, handler);
  parser.write(text).close();
}

type Parser = SaxesParser<{ xmlns: true }>;

/**
 * Listens for what few messages have only when the text may have it: with more than six handlers V8
 * turns the parser into a dictionary, and parsing takes five times as long (measured on Node 24).
 */
function guardRareParts(parser: Parser, text: string, handler: XmlHandler): void {
  // Looked for by what is rare: each "<" that is not it would stop the search for a moment.
  if (text.includes('![CDATA[')) parser.on('cdata', (part) => handler.text(part));
  if (text.includes('!DOCTYPE')) {
    parser.on('doctype', () => refuse('A document type declaration is not accepted in SOAP.'));
  }
  const afterDeclaration = /^<\?xml[\t\n\r ]/.test(text) ? text.indexOf('?>') + 1 : 0;
  if (text.includes('?', afterDeclaration) && text.includes('<?', afterDeclaration)) {
    parser.on('processinginstruction', () => {
      refuse('A processing instruction is not accepted in SOAP.');
    });
  }
}

function guardElements(parser: Parser, handler: XmlHandler, encoding: CharacterEncoding): void {
  const namespaces = new Set<string>();
  const resolve = (prefix: string): string | undefined => parser.resolve(prefix);
  let depth = 0;
  let elements = 0;
  let attributes = 0;
  parser.on('attribute', (attribute) => {
    attributes += 1;
    if (attributes > XML_ATTRIBUTES_MAX) {
      refuse(`An element has more than ${XML_ATTRIBUTES_MAX} attributes.`);
    }
    assertNameLength(attribute.name);
    if (attribute.prefix === 'xmlns' || attribute.name === 'xmlns') {
      namespaces.add(attribute.value);
      if (namespaces.size > XML_NAMESPACES_MAX) {
        refuse(`The XML declares more than ${XML_NAMESPACES_MAX} namespaces.`);
      }
    }
  });
  parser.on('opentag', (tag) => {
    if (elements === 0) assertDeclaration(parser.xmlDecl, encoding);
    depth += 1;
    elements += 1;
    if (depth > XML_DEPTH_MAX) refuse(`The XML is nested deeper than ${XML_DEPTH_MAX} elements.`);
    if (elements > XML_ELEMENTS_MAX) refuse(`The XML has more than ${XML_ELEMENTS_MAX} elements.`);
    assertNameLength(tag.name);
    handler.open(tag, attributes, resolve);
    attributes = 0;
  });
  parser.on('closetag', () => {
    depth -= 1;
    handler.close();
  });
  parser.on('text', (part) => handler.text(part));
}

function assertDeclaration({ version, encoding }: XMLDecl, actual: CharacterEncoding): void {
  if (version !== undefined && version !== '1.0') refuse('Only XML 1.0 is accepted.');
  if (encoding !== undefined) assertDeclaredEncoding(encoding, actual);
}

function assertNameLength(name: string): void {
  if (name.length > XML_NAME_LENGTH_MAX) {
    refuse(`A name in the XML is longer than ${XML_NAME_LENGTH_MAX} characters.`);
  }
}

function refuse(message: string): never {
  throw Failure.rejected('malformed', message);
}
