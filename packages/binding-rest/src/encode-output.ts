import { hash } from 'node:crypto';
import { isPage, type Operation } from '@portico/contract';
import type { Exchange, HttpReply, PublishedApi } from '@portico/service/spi';
import { createPathTemplate, type PathTemplate, toApiRoot, toNextLink } from './links.ts';
import { isNoneMatch, toEntityTag } from './preconditions.ts';
import { parseQuery } from './query.ts';
import { createSerializer, type Serializer } from './serializer.ts';

type Headers = Record<string, string | readonly string[]>;

/** Makes the reply to a call that ended in a value. */
export type OutputEncoder = (exchange: Exchange, input: unknown, output: unknown) => HttpReply;

interface Plan {
  readonly status: number;
  /** What every reply of the operation carries. */
  readonly headers: Readonly<Headers>;
  readonly serialize: Serializer | undefined;
  readonly location: PathTemplate | undefined;
  readonly successor: PathTemplate | undefined;
  /** The output field that is the entity tag. */
  readonly version: string | undefined;
  /** Whether replies may be revalidated with `If-None-Match`. */
  readonly safe: boolean;
  /** Whether every reply gets a tag, made from its body where the type has no version. */
  readonly tagged: boolean;
  readonly paged: boolean;
}

/** Compiles the encoder of an operation. */
export function createOutputEncoder(operation: Operation, published: PublishedApi): OutputEncoder {
  const plan = toPlan(operation, published);
  const { headers, serialize, status } = plan;
  if (!serialize) {
    return (exchange, input, output) => ({
      status,
      headers: withLinks(plan, { exchange, input, output }),
    });
  }
  const plain =
    !plan.safe && !plan.version && !plan.location && !plan.successor && !plan.paged
      ? headers
      : undefined;
  return (exchange, input, output) => {
    const value = output as object;
    if (plain) return { status, headers: plain, body: serialize(value) };
    return encodeTagged(plan, serialize, { exchange, input, output: value });
  };
}

interface Answer {
  readonly exchange: Exchange;
  readonly input: unknown;
  readonly output: unknown;
}

function encodeTagged(plan: Plan, serialize: Serializer, answer: Answer): HttpReply {
  const output = answer.output as Record<string, unknown>;
  const ifNoneMatch = plan.safe ? answer.exchange.request.header('if-none-match') : undefined;
  let tag = plan.version === undefined ? undefined : versionTag(output[plan.version]);
  const headers = withLinks(plan, answer);
  let body: string | undefined;
  if (tag === undefined && (plan.tagged || ifNoneMatch !== undefined)) {
    body = serialize(output);
    tag = `"${hash('sha256', body, 'base64url')}"`;
  }
  if (tag === undefined) return { status: plan.status, headers, body: serialize(output) };
  const tagged: Headers = headers === plan.headers ? { ...headers } : (headers as Headers);
  tagged.etag = tag;
  if (ifNoneMatch !== undefined && isNoneMatch(ifNoneMatch, tag)) {
    delete tagged['content-type'];
    return { status: 304, headers: tagged };
  }
  return { status: plan.status, headers: tagged, body: body ?? serialize(output) };
}

function versionTag(version: unknown): string | undefined {
  return typeof version === 'string' || typeof version === 'number'
    ? toEntityTag(version)
    : undefined;
}

/** The plan's own headers, or a copy with what depends on the answer. */
function withLinks(plan: Plan, { exchange, input, output }: Answer): Readonly<Headers> {
  const location = plan.location?.(output, input);
  const links: string[] = [];
  const successor = plan.successor?.(input);
  if (successor !== undefined) links.push(`<${successor}>; rel="successor-version"`);
  if (plan.paged) {
    const { next } = output as { next?: unknown };
    const { path, query } = exchange.request;
    if (typeof next === 'string') links.push(toNextLink(path, parseQuery(query), next));
  }
  if (location === undefined && links.length === 0) return plan.headers;
  const headers: Headers = { ...plan.headers };
  if (location !== undefined) headers.location = exchange.origin + location;
  if (links.length > 0) headers.link = links;
  return headers;
}

function toPlan(operation: Operation, { api }: PublishedApi): Plan {
  const { output, effect, deprecated } = operation;
  const templateOf = (name: string | undefined) => {
    const target = name === undefined ? undefined : api.operations[name];
    return target && createPathTemplate(toApiRoot(api) + target.http.path);
  };
  const location = templateOf(operation.creates);
  const fields = output?.shape.fields ?? [];
  const readable = effect === 'safe' && operation.http.method === 'GET';
  return {
    status: location ? 201 : output ? 200 : 204,
    headers: Object.freeze(toStaticHeaders(operation)),
    serialize: output && createSerializer(output.shape, api.types),
    location,
    successor: templateOf(deprecated?.use),
    version: fields.find((field) => field.version)?.name,
    safe: readable,
    tagged: readable && operation.cache !== undefined,
    paged: operation.http.method === 'GET' && isPage(operation, api),
  };
}

function toStaticHeaders(operation: Operation): Headers {
  const headers: Headers = { 'cache-control': toCacheControl(operation) };
  if (operation.output) headers['content-type'] = 'application/json';
  const { deprecated } = operation;
  if (deprecated) {
    // RFC 9745 §2.1: a structured-field date. RFC 8594 §3: an HTTP date.
    headers.deprecation = `@${Date.parse(deprecated.since) / 1_000}`;
    if (deprecated.sunset) headers.sunset = new Date(deprecated.sunset).toUTCString();
  }
  return headers;
}

/** RFC 9111 §5.2. A shared cache may only keep what everyone may see. */
function toCacheControl({ access, cache, http }: Operation): string {
  if (!cache || http.method !== 'GET') return 'no-store';
  const scope = cache.shared && access === 'anyone' ? 'public' : 'private';
  return `${scope}, max-age=${cache.maxAgeSeconds}`;
}
