import type { DeclaredError, JsonSchema, Operation } from '@portico/contract';
import type { PublishedApi } from '@portico/service/spi';
import { type DocumentPart, type DocumentTypes, resolveSchema } from './document-types.ts';
import { hasJsonBody, sortInputFields } from './input-sources.ts';

/** The names of our own among `components/schemas`. */
export const PROBLEM_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'What went wrong (RFC 9457).',
    properties: {
      type: { type: 'string', format: 'uri', description: 'Identifies the kind of problem.' },
      title: { type: 'string', description: 'The kind of problem, for people.' },
      status: { type: 'integer', description: 'The HTTP status of this answer.' },
      detail: { type: 'string', description: 'This occurrence, for people.' },
      instance: { type: 'string', format: 'uri', description: 'Identifies this occurrence.' },
      code: { type: 'string', description: 'The kind of problem, for programs. Stable.' },
      errors: {
        type: 'array',
        description: 'Each thing that is wrong with the input.',
        items: { $ref: '#/components/schemas/Violation' },
      },
      permissions: {
        type: 'array',
        description: 'What the caller lacks.',
        items: { type: 'string' },
      },
      reason: { type: 'string', description: 'Why, more closely, for programs.' },
      incident: { type: 'string', description: 'What to name when reporting the problem.' },
    },
    required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  },
  Violation: {
    type: 'object',
    properties: {
      pointer: { type: 'string', description: 'A JSON pointer (RFC 6901) into the input.' },
      detail: { type: 'string', description: 'What is wrong there.' },
    },
    required: ['pointer', 'detail'],
  },
};

interface PlatformResponse {
  readonly name: string;
  readonly description: string;
  readonly headers?: DocumentPart;
}

const RETRY_AFTER = {
  'Retry-After': { $ref: '#/components/headers/Retry-After' },
};

/** What the platform itself may answer, by status; each a component that operations share. */
export const PLATFORM_RESPONSES: Readonly<Record<number, PlatformResponse>> = {
  400: { name: 'BadRequest', description: 'The request is malformed, or its input is not valid.' },
  401: {
    name: 'Unauthenticated',
    description: 'A credential is missing or not accepted.',
    headers: { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } },
  },
  403: { name: 'Forbidden', description: 'The caller lacks a permission; it is named.' },
  404: { name: 'NotFound', description: 'It does not exist, or not for this caller.' },
  406: { name: 'NotAcceptable', description: 'Accept excludes application/json.' },
  408: { name: 'RequestTimeout', description: 'The request came in too slowly.' },
  409: { name: 'KeyInFlight', description: 'A request with this idempotency key is running.' },
  412: { name: 'PreconditionFailed', description: 'It is no longer of the version in If-Match.' },
  413: { name: 'ContentTooLarge', description: 'The body is larger than allowed.' },
  414: { name: 'TargetTooLong', description: 'The request target is longer than allowed.' },
  415: { name: 'UnsupportedMediaType', description: 'The body is not of the expected type.' },
  422: { name: 'KeyMismatch', description: 'The idempotency key was used for another request.' },
  428: { name: 'PreconditionRequired', description: 'If-Match is missing.' },
  429: {
    name: 'TooManyRequests',
    description: 'A limit of the caller is used up.',
    headers: RETRY_AFTER,
  },
  431: { name: 'HeadersTooLarge', description: 'The header fields are larger than allowed.' },
  500: { name: 'InternalError', description: 'The service failed; the incident is logged.' },
  503: {
    name: 'Unavailable',
    description: 'The service cannot answer now. Nothing was done.',
    headers: RETRY_AFTER,
  },
  504: { name: 'OutOfTime', description: 'No answer came in time.' },
};

/** `components/responses`. */
export function platformResponses(): DocumentPart {
  const responses: DocumentPart = {};
  for (const { name, description, headers } of Object.values(PLATFORM_RESPONSES)) {
    const schema = { $ref: '#/components/schemas/Problem' };
    responses[name] = { description, ...(headers && { headers }), content: problemContent(schema) };
  }
  return responses;
}

/** Every way an operation can fail: its declared errors and what the platform adds. */
export function failureResponses(
  operation: Operation,
  { api }: PublishedApi,
  types: DocumentTypes,
): DocumentPart {
  const declared = Map.groupBy(Object.values(operation.errors), (error) => error.status);
  const responses: DocumentPart = {};
  for (const status of new Set([...declared.keys(), ...platformStatuses(operation)])) {
    const errors = declared.get(status) ?? [];
    const platform = platformStatuses(operation).has(status)
      ? PLATFORM_RESPONSES[status]
      : undefined;
    if (errors.length === 0) {
      responses[status] = { $ref: `#/components/responses/${platform?.name}` };
      continue;
    }
    const schemas: JsonSchema[] = errors.map((error) =>
      declaredSchema(error, (schema) => types.toSchema(api, resolveSchema(api, schema))),
    );
    if (platform) schemas.push({ $ref: '#/components/schemas/Problem' });
    const [only] = schemas;
    const lines = errors.map((error) => `\`${error.name}\`: ${error.summary}`);
    if (platform) lines.push(platform.description);
    responses[status] = {
      description: lines.join('\n\n'),
      ...(platform?.headers && { headers: platform.headers }),
      content: problemContent(schemas.length === 1 && only ? only : { anyOf: schemas }),
    };
  }
  return responses;
}

/** Statuses that the platform may give for this operation. */
function platformStatuses(operation: Operation): ReadonlySet<number> {
  const { access, effect, exposure, http, output, owner } = operation;
  const { version } = sortInputFields(operation);
  const statuses = [400, 401, 414, 429, 431, 500, 503, 504];
  if (Array.isArray(access) || exposure === 'partner') statuses.push(403);
  if (owner !== undefined || http.parameters.length > 0) statuses.push(404);
  if (output) statuses.push(406);
  if (effect === 'keyed') statuses.push(409, 422);
  if (version) statuses.push(412);
  if (version?.required) statuses.push(428);
  if (operation.raw || hasJsonBody(operation)) statuses.push(408, 413, 415);
  return new Set(statuses.sort((a, b) => a - b));
}

/** A problem with the error's name as its code and its data as members (RFC 9457 §3.2). */
function declaredSchema(
  { name, summary, data }: DeclaredError,
  toSchema: (schema: JsonSchema) => JsonSchema,
): JsonSchema {
  const code = { type: 'string', const: name };
  const own: DocumentPart = { type: 'object', description: summary };
  const schema = data && toSchema(data.schema);
  if (schema?.type === 'object' && typeof schema.properties === 'object') {
    const required = Array.isArray(schema.required) ? schema.required : [];
    own.properties = { ...schema.properties, code };
    own.required = [...new Set([...required, 'code'])];
  } else {
    own.properties = schema ? { code, data: schema } : { code };
    own.required = schema ? ['code', 'data'] : ['code'];
  }
  return { allOf: [{ $ref: '#/components/schemas/Problem' }, own] };
}

function problemContent(schema: JsonSchema): DocumentPart {
  return { 'application/problem+json': { schema } };
}
