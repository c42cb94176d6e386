import { hash } from 'node:crypto';
import type { PublishedApi, PublishedSystem } from '@portico/service/spi';
import { describeOperation, toTag } from './document-operation.ts';
import { PROBLEM_SCHEMAS, platformResponses } from './document-problems.ts';
import { createDocumentTypes, type DocumentPart, type DocumentTypes } from './document-types.ts';
import { KEY_LENGTH_MAX } from './idempotency-key.ts';
import { toApiRoot } from './links.ts';

/** What the author of a system says in its documents (OpenAPI 3.1.1 §4.8.2). */
export interface DocumentInfo {
  readonly title?: string;
  readonly description?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  /** `identifier` is an SPDX expression; with `url` instead. */
  readonly license?: {
    readonly name: string;
    readonly identifier?: string;
    readonly url?: string;
  };
}

/** What a document is made of. */
export interface DocumentSource {
  readonly system: PublishedSystem;
  /** One API for its own document, all for the listener's. */
  readonly apis: readonly PublishedApi[];
  readonly info: DocumentInfo;
}

/**
 * An OpenAPI 3.1 document of what a listener serves, without `servers`: those depend on the origin
 * that a client used.
 */
export function createDocument({ system, apis, info }: DocumentSource): DocumentPart {
  const types = createDocumentTypes(apis, new Set(Object.keys(PROBLEM_SCHEMAS)));
  const paths: Record<string, DocumentPart> = {};
  for (const published of apis) {
    for (const operation of published.operations) {
      const { method, path } = operation.http;
      const place = toApiRoot(published.api) + path;
      paths[place] ??= {};
      paths[place][method.toLowerCase()] = describeOperation({
        operation,
        published,
        apis,
        types,
      });
    }
  }
  const body = { tags: describeTags(apis), paths, components: describeComponents(paths, types) };
  const [only] = apis.length === 1 ? apis : [];
  return {
    openapi: '3.1.1',
    info: {
      title: only ? `${only.api.name} ${only.api.major}` : (info.title ?? system.name),
      version: only?.api.version ?? hash('sha256', JSON.stringify(body), 'hex').slice(0, 12),
      description: only
        ? (only.api.description ?? only.api.summary)
        : (info.description ?? `The APIs of ${system.name}.`),
      contact: info.contact ?? { name: system.name },
      license: info.license ?? { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    ...body,
  };
}

function describeTags(apis: readonly PublishedApi[]): DocumentPart[] {
  return apis
    .filter((published) => published.operations.length > 0)
    .map((published) => ({ name: toTag(published, apis), description: published.api.summary }));
}

function describeComponents(paths: DocumentPart, types: DocumentTypes): DocumentPart {
  const components: Record<string, DocumentPart> = {
    schemas: { ...types.components(), ...PROBLEM_SCHEMAS },
    responses: { ...platformResponses(), NotModified: { description: 'It is still the same.' } },
    parameters: PARAMETERS,
    headers: HEADERS,
    securitySchemes: SECURITY_SCHEMES,
  };
  const used = findReferences([paths, components.responses]);
  if (!used.has('bearer')) delete components.securitySchemes;
  for (const kind of ['responses', 'parameters', 'headers']) {
    const kept = Object.entries(components[kind] ?? {}).filter(([name]) =>
      used.has(`#/components/${kind}/${name}`),
    );
    components[kind] = Object.fromEntries(kept);
  }
  return components;
}

/** Every `$ref` and security scheme in use; components that nothing names are left out. */
function findReferences(part: unknown, found = new Set<string>()): Set<string> {
  if (typeof part !== 'object' || part === null) return found;
  for (const [key, value] of Object.entries(part)) {
    if (key === '$ref' && typeof value === 'string') found.add(value);
    else if (key === 'security') addSchemes(value, found);
    else findReferences(value, found);
  }
  return found;
}

function addSchemes(security: unknown, found: Set<string>): void {
  if (!Array.isArray(security)) return;
  for (const requirement of security) for (const name of Object.keys(requirement)) found.add(name);
}

const TEXT = { type: 'string' } as const;

const PARAMETERS: DocumentPart = {
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'A new one for each request; the same one when a request is repeated.',
    schema: { type: 'string', minLength: 1, maxLength: KEY_LENGTH_MAX },
  },
  'If-Match': {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'The ETag of the version to change.',
    schema: TEXT,
  },
  'If-Match-Optional': {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of the version to change; without it, whichever there is.',
    schema: TEXT,
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag of what the client has: 304 if it is still the same.',
    schema: TEXT,
  },
};

const HEADERS: DocumentPart = {
  Deprecation: { description: 'Since when it is deprecated (RFC 9745).', schema: TEXT },
  ETag: { description: 'Identifies this version.', schema: TEXT },
  Link: { description: 'The next page, with rel="next" (RFC 8288).', schema: TEXT },
  Location: { description: 'Where to read what was made.', schema: TEXT },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
  Sunset: { description: 'When it will be gone (RFC 8594).', schema: TEXT },
  'WWW-Authenticate': { description: 'Which credentials are accepted.', schema: TEXT },
};

const SECURITY_SCHEMES: DocumentPart = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of a trusted issuer (RFC 9068, validated as RFC8725 says).',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'A key of a consumer.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'The id of a consumer and one of its keys.',
  },
};
