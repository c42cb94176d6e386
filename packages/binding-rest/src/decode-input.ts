import { Failure, type Field, type Operation, type Violation } from '@portico/contract';
import type { Exchange, HttpRequest } from '@portico/service/spi';
import { findInexactIntegers } from './exact-integers.ts';
import { parseJson } from './guard.ts';
import { toPointerSegment } from './guard-explain.ts';
import { hasJsonBody, sortInputFields } from './input-sources.ts';
import { createTextReader, listShape, type TextReader, type Types } from './parameters.ts';
import { missingPrecondition, readIfMatch } from './preconditions.ts';
import { parseQuery } from './query.ts';

type Input = Record<string, unknown>;

/** Makes the input of one operation out of a request. Translates; the dispatcher validates. */
export interface InputDecoder {
  /** Whether the request's body has to be read first. */
  readonly readsBody: boolean;
  /** Refuses a media type before its body is read. @throws {Failure} `unsupported-media-type`. */
  checkMediaType(request: HttpRequest): void;
  /** @throws {Failure} `malformed`, `invalid`, `unsupported-media-type`, `precondition-…`. */
  decode(exchange: Exchange, body: Uint8Array | undefined): Input;
}

/** A field that stands outside the body. */
interface TextField extends TextReader {
  readonly name: string;
  readonly pointer: string;
  readonly required: boolean;
  readonly repeated: boolean;
}

interface Plan {
  readonly operation: Operation;
  readonly types: Types;
  readonly json: boolean;
  /** Whether the body has a member that must be there, so that it can't be empty. */
  readonly needsBody: boolean;
  readonly path: readonly TextField[];
  readonly query: ReadonlyMap<string, TextField>;
  readonly headers: readonly { readonly field: TextField; readonly header: string }[];
  readonly raw: string | undefined;
  readonly version: TextField | undefined;
  /** Fields that a body must not hold, because they stand elsewhere: with the place to name. */
  readonly elsewhere: readonly { readonly name: string; readonly place: string }[];
}

/** Compiles the decoder of an operation; nothing is looked up again per request. */
export function createInputDecoder(operation: Operation, types: Types): InputDecoder {
  const plan = toPlan(operation, types);
  return {
    readsBody: plan.json || operation.raw !== undefined,
    checkMediaType(request) {
      if (plan.json) checkJsonMediaType(request.header('content-type'));
    },
    decode: (exchange, body) => decodeInput(plan, exchange, body),
  };
}

function toPlan(operation: Operation, types: Types): Plan {
  const sources = sortInputFields(operation);
  const toText = (field: Field): TextField => ({
    ...createTextReader(field.shape, types),
    name: field.name,
    pointer: toPointerSegment(field.name),
    required: field.required,
    repeated: listShape(field.shape, types) !== undefined,
  });
  const elsewhere = sources.path.map(({ name }) => ({ name, place: 'the path' }));
  if (sources.version) elsewhere.push({ name: sources.version.name, place: 'If-Match' });
  return {
    operation,
    types,
    json: hasJsonBody(operation),
    needsBody: sources.body.some((field) => field.required),
    path: sources.path.map(toText),
    query: new Map(sources.query.map((field) => [field.name, toText(field)])),
    headers: sources.headers.map(({ field, header }) => ({ field: toText(field), header })),
    raw: sources.raw?.name,
    version: sources.version && toText(sources.version),
    elsewhere,
  };
}

function decodeInput(plan: Plan, exchange: Exchange, body: Uint8Array | undefined): Input {
  const { request } = exchange;
  const violations: Violation[] = [];
  const input = plan.json ? decodeBody(plan, request, body) : {};
  if (plan.json) refuseElsewhere(plan, input, violations);
  for (const field of plan.path) {
    note(violations, addText(input, field, exchange.parameters[field.name]));
  }
  if (request.query !== '') addQuery(input, plan.query, { raw: request.query, violations });
  for (const { field, header } of plan.headers) {
    note(violations, addText(input, field, request.header(header)));
  }
  if (plan.raw !== undefined && body) input[plan.raw] = toBase64(body);
  if (violations.length > 0) throw invalid(violations);
  if (plan.version) addVersion(input, plan.version, request.header('if-match'));
  return input;
}

function decodeBody(plan: Plan, request: HttpRequest, body: Uint8Array | undefined): Input {
  if (!body || body.length === 0) {
    if (!plan.needsBody) return {};
    throw Failure.rejected('malformed', 'The request needs a body: a JSON object.');
  }
  if (request.header('content-type') === undefined) throw unsupportedMediaType();
  const { value, longNumbers } = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid([{ pointer: '', detail: 'Must be an object.' }]);
  }
  if (longNumbers) {
    const inexact = findInexactIntegers(value, plan.operation.input.shape, plan.types);
    if (inexact.length > 0) throw invalid(inexact);
  }
  return value as Input;
}

function refuseElsewhere(plan: Plan, input: Input, violations: Violation[]): void {
  for (const { name, place } of plan.elsewhere) {
    if (!Object.hasOwn(input, name)) continue;
    const detail = `Is taken from ${place}: leave it out of the body.`;
    violations.push({ pointer: toPointerSegment(name), detail });
  }
}

function note(violations: Violation[], found: Violation | undefined): void {
  if (found) violations.push(found);
}

/** Adds the value of one text; a violation where it is none. */
function addText(input: Input, field: TextField, text: string | undefined): Violation | undefined {
  if (text === undefined) return undefined;
  const value = field.read(text);
  if (value === undefined) return { pointer: field.pointer, detail: field.expected };
  if (!field.repeated) input[field.name] = value;
  else if (Object.hasOwn(input, field.name)) (input[field.name] as unknown[]).push(value);
  else input[field.name] = [value];
  return undefined;
}

function addQuery(
  input: Input,
  fields: ReadonlyMap<string, TextField>,
  sent: { readonly raw: string; readonly violations: Violation[] },
): void {
  const seen = new Set<string>();
  for (const { name, value } of parseQuery(sent.raw)) {
    const field = fields.get(name);
    const pointer = toPointerSegment(name);
    if (!field) sent.violations.push({ pointer, detail: 'Is not a parameter here.' });
    else if (seen.has(name) && !field.repeated) {
      sent.violations.push({ pointer, detail: 'Is given more than once.' });
    } else note(sent.violations, addText(input, field, value));
    seen.add(name);
  }
}

function addVersion(input: Input, field: TextField, ifMatch: string | undefined): void {
  if (ifMatch !== undefined) input[field.name] = readIfMatch(ifMatch, field);
  else if (field.required) throw missingPrecondition();
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** RFC 8259 §11 defines no parameter; a charset is taken when it names the one that JSON has. */
const JSON_MEDIA_TYPE =
  /^application\/json[\t ]*(?:;[\t ]*charset[\t ]*=[\t ]*"?utf-?8"?[\t ]*)?$/i;

function checkJsonMediaType(contentType: string | undefined): void {
  if (contentType === undefined || contentType === 'application/json') return;
  if (!JSON_MEDIA_TYPE.test(contentType)) throw unsupportedMediaType();
}

function unsupportedMediaType(): Failure {
  const message = 'Send the body as application/json, in UTF-8.';
  return Failure.rejected('unsupported-media-type', message);
}

function invalid(violations: readonly Violation[]): Failure {
  return Failure.rejected('invalid', 'The input is not valid.', { violations });
}
