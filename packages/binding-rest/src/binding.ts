import { hash } from 'node:crypto';
import { Failure } from '@portico/contract';
import type {
  Binding,
  DocumentLink,
  Exchange,
  HttpReply,
  PublishedSystem,
  Route,
} from '@portico/service/spi';
import { createDocument, type DocumentInfo, type DocumentSource } from './document.ts';
import { toReply } from './error-map.ts';
import { toApiRoot } from './links.ts';
import { isNoneMatch } from './preconditions.ts';
import { createOperationRoutes } from './routes.ts';

/** What a system may set about its REST side. */
export interface RestBindingOptions {
  /**
   * The values of `WWW-Authenticate` in a 401 (RFC 9110 §11.6.1), for use without our gateway, which
   * adds what suits the credential that came.
   */
  readonly challenges?: readonly string[];
  /** What the OpenAPI documents say about the system. */
  readonly info?: DocumentInfo;
}

/** Spectral, Redocly, Scalar and every browser read this one; `application/openapi+json` few. */
const DOCUMENT_MEDIA_TYPE = 'application/json';
/** Origins whose documents are kept: a client chooses the `Host`, so their number is bounded. */
const ORIGINS_MAX = 16;

/**
 * Operations over HTTP and JSON: `/{api}/v{major}{path}`, problems (RFC 9457) and OpenAPI documents
 * at `/openapi.json` and `/{api}/v{major}/openapi.json`.
 */
export function createRestBinding(options: RestBindingOptions = {}): Binding {
  const { challenges } = options;
  const info = options.info ?? {};
  return {
    name: 'rest',
    routes: (system) => [
      ...system.apis.flatMap((published) =>
        published.operations.flatMap((operation) =>
          createOperationRoutes(operation, published, challenges),
        ),
      ),
      ...listDocuments(system, info).flatMap((document) =>
        createDocumentRoutes(document, challenges),
      ),
    ],
    documents: (system) => listDocuments(system, info).map(toLink),
    refuse: (failure, _request, requestId) =>
      toReply(Failure.from(failure), { requestId, challenges }),
  };
}

interface Document {
  readonly path: string;
  /** The API it is about; `undefined` when it is about all of them. */
  readonly api: string | undefined;
  readonly anchor: string;
  readonly source: DocumentSource;
}

function listDocuments(system: PublishedSystem, info: DocumentInfo): Document[] {
  const apis = system.apis.filter((published) => published.operations.length > 0);
  const each = apis.map((published) => {
    const anchor = toApiRoot(published.api);
    const source = { system, apis: [published], info };
    return { path: `${anchor}/openapi.json`, api: published.api.name, anchor, source };
  });
  const all = {
    path: '/openapi.json',
    api: undefined,
    anchor: '/',
    source: { system, apis, info },
  };
  return [all, ...each];
}

function toLink({ path, api, anchor }: Document): DocumentLink {
  return { path, mediaType: DOCUMENT_MEDIA_TYPE, api, anchor };
}

/** A document is made when it is first asked for, once, and written once per origin. */
function createDocumentRoutes(
  document: Document,
  challenges: readonly string[] | undefined,
): Route[] {
  const written = new Map<string, HttpReply>();
  let made: object | undefined;
  const write = (origin: string): HttpReply => {
    const known = written.get(origin);
    if (known) return known;
    made ??= createDocument(document.source);
    const body = JSON.stringify({ ...made, servers: [{ url: origin }] });
    const etag = `"${hash('sha256', body, 'base64url')}"`;
    const headers = { 'content-type': DOCUMENT_MEDIA_TYPE, 'cache-control': 'no-cache', etag };
    const reply = { status: 200, headers, body };
    if (written.size >= ORIGINS_MAX) written.clear();
    written.set(origin, reply);
    return reply;
  };
  return ['GET', 'HEAD'].map((method) => ({
    method,
    path: document.path,
    label: document.api === undefined ? 'openapi' : `openapi:${document.api}`,
    handle: (exchange) => answerDocument(exchange, write, challenges),
  }));
}

async function answerDocument(
  exchange: Exchange,
  write: (origin: string) => HttpReply,
  challenges: readonly string[] | undefined,
): Promise<HttpReply> {
  try {
    // A credential that comes along is checked here too, and some listeners serve nobody without.
    await exchange.authenticate();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return toReply(thrown, { requestId: exchange.requestId, challenges });
  }
  const reply = write(exchange.origin);
  const ifNoneMatch = exchange.request.header('if-none-match');
  const etag = String(reply.headers.etag);
  if (ifNoneMatch === undefined || !isNoneMatch(ifNoneMatch, etag)) return reply;
  return { status: 304, headers: { etag, 'cache-control': 'no-cache' } };
}
