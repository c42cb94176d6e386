import { Failure, type Operation } from '@portico/contract';
import type { Exchange, HttpReply } from '@portico/service/spi';
import type { Codecs, OperationCodec } from './codecs.ts';
import { guessVersion, parseContentType, type SoapContentType } from './content-type.ts';
import { createEnvelopeReader, type Message } from './envelope.ts';
import { toReply } from './error-map.ts';
import { toSoapReply } from './fault.ts';
import { parseXml } from './guard.ts';
import { readHeaderBlocks } from './header-blocks.ts';
import { toIdempotencyKey } from './idempotency-key.ts';
import type { SoapApi } from './soap-api.ts';
import { type SoapVersion, writeEnvelope } from './soap-version.ts';
import { type NonceMemory, readSecurity } from './ws-security.ts';
import type { XmlNode } from './xml-node.ts';

/** What answers the messages to one API. */
export interface Endpoint {
  readonly api: SoapApi;
  readonly codecs: Codecs;
  readonly clock: { now(): number };
  readonly nonces: NonceMemory;
  /** For bodies, in bytes; see {@link toBodyLimit}. */
  readonly bodyLimit: number | undefined;
}

/** What is known of a message so far; a fault is written from it, however early it comes. */
interface Progress {
  version: SoapVersion;
  codec: OperationCodec | undefined;
  secured: boolean;
}

/** The gateway's default for bodies (access.md), for operations beside one that allows more. */
const BODY_BYTES_DEFAULT = 1_048_576;

/**
 * Answers one SOAP message: HTTP credentials, size, envelope, version, `mustUnderstand`, WS-Security,
 * operation, permission, validation, call, in this order. Every failure becomes a fault.
 */
export async function handleMessage(endpoint: Endpoint, exchange: Exchange): Promise<HttpReply> {
  const { request, requestId } = exchange;
  const version = guessVersion(request.header('content-type'));
  const progress: Progress = { version, codec: undefined, secured: false };
  try {
    return await answer(endpoint, exchange, progress);
  } catch (thrown) {
    return toReply(Failure.from(thrown), { ...progress, requestId });
  }
}

async function answer(
  endpoint: Endpoint,
  exchange: Exchange,
  progress: Progress,
): Promise<HttpReply> {
  await exchange.authenticate();
  const contentType = parseContentType(exchange.request.header('content-type'));
  const bytes = await exchange.body(endpoint.bodyLimit);
  const message = readMessage(bytes, contentType, { endpoint, progress });
  const { security, idempotencyKey } = readHeaderBlocks(message.blocks, message.version);
  if (security !== undefined) await authenticateMessage(security, endpoint, { exchange, progress });

  const { codec } = message;
  if (codec === undefined) throw unknownOperation(message);
  progress.codec = codec;
  const { operation } = codec.names;
  assertAction(codec, contentType.action, exchange.request.header('soapaction'));
  await exchange.admit(operation);
  assertSize(bytes, operation, endpoint);
  assertValid(message);
  const key =
    operation.effect === 'keyed'
      ? toIdempotencyKey(exchange.request.header('idempotency-key'), idempotencyKey)
      : undefined;
  const output = await exchange.dispatch(operation, message.input, { key });
  const body = codec.writeResponse()(output ?? {});
  return toSoapReply(message.version, 200, writeEnvelope(message.version, body));
}

function readMessage(
  bytes: Uint8Array,
  { charset }: SoapContentType,
  { endpoint, progress }: { readonly endpoint: Endpoint; readonly progress: Progress },
): Message {
  const reader = createEnvelopeReader(endpoint.codecs, endpoint.api.namespace);
  try {
    parseXml(bytes, charset, reader);
    return reader.message();
  } finally {
    if (reader.version !== undefined) progress.version = reader.version;
  }
}

async function authenticateMessage(
  security: XmlNode,
  { clock, nonces }: Endpoint,
  { exchange, progress }: { readonly exchange: Exchange; readonly progress: Progress },
): Promise<void> {
  progress.secured = true;
  const { credential, nonce } = readSecurity(security, clock.now());
  if (credential === undefined) {
    progress.secured = false;
    return;
  }
  await exchange.authenticate(credential);
  if (nonce !== undefined) nonces.use(nonce, clock.now());
}

/**
 * How much to read before the operation is known: `undefined` (the gateway's default) unless one
 * operation of the API takes more, or all of them say what they take.
 */
export function toBodyLimit(operations: readonly Operation[]): number | undefined {
  const limits = operations.flatMap(({ maxBytes }) => maxBytes ?? []);
  const largest = Math.max(0, ...limits);
  return largest > BODY_BYTES_DEFAULT || limits.length === operations.length ? largest : undefined;
}

/** The body was read under the limit of the whole API, for its operation was not known yet. */
function assertSize(bytes: Uint8Array, { maxBytes }: Operation, { bodyLimit }: Endpoint): void {
  const limit = maxBytes ?? (bodyLimit === undefined ? bytes.length : BODY_BYTES_DEFAULT);
  if (bytes.length <= limit) return;
  throw Failure.rejected('too-large', `The body is larger than ${limit} bytes.`);
}

function unknownOperation({ bodyElement: { uri, local } }: Message): Failure {
  const message = `There is no operation {${uri}}${local} here; see the WSDL (?wsdl).`;
  return Failure.rejected('unknown-operation', message);
}

/** An action may be absent or empty; one that names something else is refused (access.md, API5). */
function assertAction({ names }: OperationCodec, ...actions: (string | undefined)[]): void {
  for (const said of actions) {
    const action = said?.trim().replace(/^"(.*)"$/, '$1') ?? '';
    if (action !== '' && action !== names.action) {
      const message = `The action is ${action}, but the body asks for ${names.action}.`;
      throw Failure.rejected('malformed', message);
    }
  }
}

function assertValid({ violations }: Message): void {
  if (violations.length === 0) return;
  throw Failure.rejected('invalid', 'The input does not match its schema.', { violations });
}
