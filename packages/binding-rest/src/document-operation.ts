import { type Api, type Field, isPage, type JsonSchema, type Operation } from '@portico/contract';
import type { PublishedApi } from '@portico/service/spi';
import { toExample } from './document-example.ts';
import { failureResponses } from './document-problems.ts';
import {
  type DocumentPart,
  type DocumentTypes,
  hasOtherMajor,
  resolveSchema,
} from './document-types.ts';
import { hasJsonBody, sortInputFields } from './input-sources.ts';

/** What one operation is described from. */
export interface OperationSource {
  readonly operation: Operation;
  readonly published: PublishedApi;
  /** All that stands in the document, to keep names apart. */
  readonly apis: readonly PublishedApi[];
  readonly types: DocumentTypes;
}

/** An Operation Object (OpenAPI 3.1.1 §4.8.10). */
export function describeOperation(source: OperationSource): DocumentPart {
  const { operation, published, apis } = source;
  const parameters = describeParameters(source);
  const requestBody = describeBody(source);
  return {
    operationId: `${toTag(published, apis).replace(' ', '_')}_${operation.name}`,
    summary: operation.summary,
    description: toDescription(operation),
    tags: [toTag(published, apis)],
    ...(operation.deprecated && { deprecated: true }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    security: toSecurity(operation),
    responses: {
      ...describeSuccess(source),
      ...failureResponses(operation, published, source.types),
    },
  };
}

/** The tag of an API: its name, and its major version where there are two. */
export function toTag({ api }: PublishedApi, apis: readonly PublishedApi[]): string {
  return hasOtherMajor(api, apis) ? `${api.name} v${api.major}` : api.name;
}

function describeParameters({ operation, published, types }: OperationSource): DocumentPart[] {
  const { api } = published;
  const input = resolveSchema(api, operation.input.schema);
  const sources = sortInputFields(operation);
  const describe = (field: Field, place: string, name = field.name): DocumentPart => {
    const { description, ...schema } = types.toSchema(api, propertyOf(input, field.name));
    const text = field.description ?? description;
    const required = place === 'path' || field.required;
    return { name, in: place, ...(text !== undefined && { description: text }), required, schema };
  };
  const parameters = [
    ...sources.path.map((field) => describe(field, 'path')),
    ...sources.query.map((field) => describe(field, 'query')),
    ...sources.headers.map(({ field, header }) => {
      const written = operation.raw?.headers[field.name];
      return describe(field, 'header', written ?? header);
    }),
  ];
  if (operation.effect === 'keyed') parameters.push(refer('parameters', 'Idempotency-Key'));
  if (sources.version) {
    const name = sources.version.required ? 'If-Match' : 'If-Match-Optional';
    parameters.push(refer('parameters', name));
  }
  if (operation.effect === 'safe' && operation.http.method === 'GET') {
    parameters.push(refer('parameters', 'If-None-Match'));
  }
  return parameters;
}

function describeBody({ operation, published, types }: OperationSource): DocumentPart | undefined {
  if (operation.raw) {
    return { required: true, content: { '*/*': { schema: {} } } };
  }
  const { body } = sortInputFields(operation);
  if (!hasJsonBody(operation) || body.length === 0) return undefined;
  const { api } = published;
  const input = resolveSchema(api, operation.input.schema);
  const whole = body.length === operation.input.shape.fields.length;
  const own = whole ? operation.input.schema : pick(input, body);
  const required = body.some((field) => field.required);
  return { required, content: jsonContent(api, own, types) };
}

function jsonContent(api: Api, schema: JsonSchema, types: DocumentTypes): DocumentPart {
  const example = toExample(api, schema);
  const media = { schema: types.toSchema(api, schema), ...(example !== undefined && { example }) };
  return { 'application/json': media };
}

/** The object schema with these fields only, closed: what stands elsewhere is refused in the body. */
function pick(input: JsonSchema, fields: readonly Field[]): JsonSchema {
  const required = fields.filter((field) => field.required).map((field) => field.name);
  const properties = Object.fromEntries(
    fields.map((field) => [field.name, propertyOf(input, field.name)]),
  );
  const rules = required.length > 0 ? { required } : {};
  return { type: 'object', properties, ...rules, additionalProperties: false };
}

function propertyOf(schema: JsonSchema, name: string): JsonSchema {
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
  return properties?.[name] ?? {};
}

function describeSuccess({ operation, published, types }: OperationSource): DocumentPart {
  const { output, creates, effect, http } = operation;
  const versioned = output?.shape.fields.some((field) => field.version);
  const revalidated = output !== undefined && effect === 'safe' && http.method === 'GET';
  const names: string[] = [];
  if (creates !== undefined) names.push('Location');
  if (versioned || revalidated) names.push('ETag');
  if (http.method === 'GET' && isPage(operation, published.api)) names.push('Link');
  if (operation.deprecated) names.push('Deprecation');
  if (operation.deprecated?.sunset !== undefined) names.push('Sunset');
  const headers = Object.fromEntries(names.map((name) => [name, refer('headers', name)]));
  const status = creates !== undefined ? 201 : output ? 200 : 204;
  const responses: DocumentPart = {
    [status]: {
      description: output ? 'The operation succeeded.' : 'The operation succeeded; no content.',
      ...(names.length > 0 && { headers }),
      ...(output && {
        content: jsonContent(published.api, output.schema, types),
      }),
    },
  };
  if (revalidated) responses[304] = refer('responses', 'NotModified');
  return responses;
}

/** Any one of the credentials that the gateway knows; `[{}]` where none is needed (§4.8.30). */
function toSecurity({ access, exposure }: Operation): DocumentPart[] {
  if (access === 'anyone' && exposure !== 'partner') return [{}];
  return ['bearer', 'apiKey', 'basic'].map((scheme) => ({ [scheme]: [] }));
}

/** Permissions are no OAuth scopes, so the security requirement has no place for them. */
function toDescription({ access, description, summary }: Operation): string {
  const text = description ?? summary;
  if (!Array.isArray(access)) return text;
  const names = access.map((permission) => `\`${permission}\``).join(', ');
  return `${text}\n\nNeeds ${names}.`;
}

function refer(kind: 'parameters' | 'headers' | 'responses', name: string): DocumentPart {
  return { $ref: `#/components/${kind}/${name}` };
}
