import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DocumentLink, Exchange, HttpReply, Route } from '@portico/service/spi';

const gzipped = promisify(gzip);

/**
 * The page may load what this server gives and nothing else, whatever the library would like to: no
 * CDN, no fonts, no telemetry. Styles are inline because the library makes them while it runs.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** The file's address names its version, so it never changes. */
const FOREVER = 'public, max-age=31536000, immutable';

/** `/docs`: the API reference of `@scalar/api-reference`, served by us, over the bindings' OpenAPI documents. */
export function createReferenceRoutes(system: string, documents: readonly DocumentLink[]): Route[] {
  const library = createLibrary();
  const script = `/docs/reference-${library.version}.js`;
  const page = toPage(system, script);
  const start = toStartScript(documents);
  const html = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  const javascript = { 'content-type': 'text/javascript; charset=utf-8' };
  return [
    toRoute('/docs', async () => ({ status: 200, headers: html, body: page })),
    toRoute('/docs/start.js', async () => ({ status: 200, headers: javascript, body: start })),
    toRoute(script, library.serve),
  ];
}

function toRoute(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, label: 'docs', handle };
}

function toPage(system: string, script: string): string {
  const name = system.replace(/[^\w .-]/g, '');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${name}: API reference</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="reference"></div>
    <noscript>This page needs JavaScript. The OpenAPI documents are listed in /.well-known/api-catalog.</noscript>
    <script src="${script}" defer></script>
    <script src="/docs/start.js" defer></script>
  </body>
</html>
`;
}

/** Everything that would leave this server, or that belongs to the library's vendor, is off. */
function toStartScript(documents: readonly DocumentLink[]): string {
  // What is described in JSON is described by OpenAPI; WSDL is XML.
  const openapi = documents.filter(({ mediaType }) => /[/+]json$/.test(mediaType));
  const whole = openapi.filter(({ api }) => api === undefined);
  const sources = (whole.length > 0 ? whole : openapi).map(({ path, api }) => ({
    title: api ?? 'All APIs',
    url: path,
  }));
  const configuration = {
    sources,
    telemetry: false,
    withDefaultFonts: false,
    hideClientButton: true,
    showDeveloperTools: 'never',
    persistAuth: false,
    agent: { disabled: true },
    mcp: { disabled: true },
  };
  return `Scalar.createApiReference('#reference', ${JSON.stringify(configuration)});\n`;
}

interface Library {
  readonly version: string;
  serve(exchange: Exchange): Promise<HttpReply>;
}

/** The library's browser build; 4 MB, read and compressed once, when first asked for. */
function createLibrary(): Library {
  // Its package exports neither the browser build nor its own version, but a file beside them.
  const beside = fileURLToPath(import.meta.resolve('@scalar/api-reference/style.css'));
  const path = join(dirname(beside), 'browser', 'standalone.js');
  const version = readVersion(join(dirname(beside), '..', 'package.json'));
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': FOREVER,
    vary: 'accept-encoding',
  };
  let compressed: Promise<Uint8Array> | undefined;
  return {
    version,
    async serve({ request }) {
      if (!acceptsGzip(request.header('accept-encoding'))) {
        return { status: 200, headers, body: await readFile(path) };
      }
      compressed ??= readFile(path).then((bytes) => gzipped(bytes));
      const body = await compressed;
      return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body };
    },
  };
}

function readVersion(path: string): string {
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
  return version;
}

function acceptsGzip(accepted: string | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?:1|0\.0*[1-9])[0-9.]*\s*)?(?:,|$)/i.test(accepted ?? '');
}
