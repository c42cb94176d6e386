import { Failure, type Violation } from '@portico/contract';
import type { Codecs, OperationCodec } from './codecs.ts';
import { createInputDecoder, type InputDecoder } from './decode-input.ts';
import type { OpenTag, XmlHandler } from './guard.ts';
import { collapse } from './lexical.ts';
import { type QName, toEncodingUnknown, toVersionMismatch } from './protocol-failures.ts';
import { SOAP_VERSIONS, type SoapVersion } from './soap-version.ts';
import { createNodeBuilder, type NodeBuilder, type XmlNode } from './xml-node.ts';

/** What one pass over a message found. What is wrong with the input is kept for its turn. */
export interface Message {
  readonly version: SoapVersion;
  readonly blocks: readonly XmlNode[];
  /** The one element in the body. */
  readonly bodyElement: QName;
  /** The operation it names; `undefined` when there is none. */
  readonly codec: OperationCodec | undefined;
  readonly input: unknown;
  readonly violations: readonly Violation[];
}

/** Reads an envelope from the parser's events (SOAP 1.1 §4, SOAP 1.2 part 1 §5). */
export interface EnvelopeReader extends XmlHandler {
  /** Known as soon as the root has opened; the version to answer in. */
  readonly version: SoapVersion | undefined;
  /**
   * After the whole message.
   * @throws {Failure} `malformed` when the body is missing or has not exactly one element.
   */
  message(): Message;
}

/** A reader for one message to the API with these codecs, whose elements are in `namespace`. */
export function createEnvelopeReader(codecs: Codecs, namespace: string): EnvelopeReader {
  return new Reader(codecs, namespace);
}

/** Skips an element that no operation has. */
const NOTHING: XmlHandler = { open() {}, text() {}, close() {} };

class Reader implements EnvelopeReader {
  version: SoapVersion | undefined;
  readonly #codecs: Codecs;
  readonly #namespace: string;
  readonly #blocks: NodeBuilder[] = [];
  #section: 'Header' | 'Body' | undefined;
  #hasBody = false;
  #bodyElement: QName | undefined;
  #codec: OperationCodec | undefined;
  #decoder: InputDecoder | undefined;
  /** Reads a header block or the body's element and everything in it. */
  #inner: XmlHandler | undefined;
  #depth = 0;

  constructor(codecs: Codecs, namespace: string) {
    this.#codecs = codecs;
    this.#namespace = namespace;
  }

  open(tag: OpenTag, attributes: number, resolve: (prefix: string) => string | undefined): void {
    this.#depth += 1;
    if (this.#depth === 1) this.#openEnvelope(tag);
    else if (this.#depth === 2) this.#openSection(tag);
    else if (this.#depth === 3) this.#inner = this.#enter(tag);
    if (this.#depth <= 3 && attributes > 0) this.#assertLiteral(tag);
    this.#inner?.open(tag, attributes, resolve);
  }

  text(text: string): void {
    if (this.#inner !== undefined) this.#inner.text(text);
    else if (collapse(text) !== '')
      throw malformed('There is text between the parts of the envelope.');
  }

  close(): void {
    this.#inner?.close();
    if (this.#depth === 3) this.#inner = undefined;
    this.#depth -= 1;
  }

  message(): Message {
    const { version } = this;
    if (version === undefined || this.#bodyElement === undefined) {
      throw malformed('The envelope has no Body with an element that names an operation.');
    }
    const { value, violations } = this.#decoder?.result() ?? { value: undefined, violations: [] };
    return {
      version,
      blocks: this.#blocks.flatMap(({ node }) => node ?? []),
      bodyElement: this.#bodyElement,
      codec: this.#codec,
      input: value,
      violations,
    };
  }

  #openEnvelope({ uri, local }: OpenTag): void {
    if (local !== 'Envelope') throw malformed(`The root element is ${local}, not a SOAP envelope.`);
    this.version = SOAP_VERSIONS.find(({ namespace }) => namespace === uri);
    if (this.version === undefined) throw toVersionMismatch(uri);
  }

  #openSection({ uri, local }: OpenTag): void {
    const inEnvelope = uri === this.version?.namespace;
    if (inEnvelope && local === 'Header' && this.#section === undefined) {
      this.#section = 'Header';
    } else if (inEnvelope && local === 'Body' && !this.#hasBody) {
      this.#section = 'Body';
      this.#hasBody = true;
    } else {
      throw malformed(`The element ${local} does not belong there in an envelope.`);
    }
  }

  #enter({ uri, local }: OpenTag): XmlHandler {
    if (this.#section === 'Header') {
      const builder = createNodeBuilder();
      this.#blocks.push(builder);
      return builder;
    }
    if (this.#bodyElement !== undefined) throw malformed('The Body has more than one element.');
    this.#bodyElement = { uri, local };
    this.#codec = uri === this.#namespace ? this.#codecs.get(local) : undefined;
    if (this.#codec === undefined) return NOTHING;
    this.#decoder = createInputDecoder(this.#codec.reader(), this.#namespace);
    return this.#decoder;
  }

  #assertLiteral(tag: OpenTag): void {
    for (const { uri, local } of Object.values(tag.attributes)) {
      if (local === 'encodingStyle' && uri === this.version?.namespace) throw toEncodingUnknown();
    }
  }
}

function malformed(message: string): Failure {
  return Failure.rejected('malformed', message);
}
