import type { DocumentLink, Route } from '@portico/service/spi';

/** The one place where a stranger finds everything else (RFC 9727 §2). */
export const CATALOG_PATH = '/.well-known/api-catalog';
/** RFC 9727 §4.2: a linkset (RFC 9264) with the profile of catalogs. */
const MEDIA_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"';

/** Links every published API to its descriptions, its reference page and its health. */
export function createCatalogRoute(documents: readonly DocumentLink[]): Route {
  const anchors = [...new Set(documents.map(({ anchor }) => anchor))];
  return {
    method: 'GET',
    path: CATALOG_PATH,
    label: 'api-catalog',
    async handle({ origin }) {
      const linkset = anchors.map((anchor) => ({
        anchor: origin + anchor,
        'service-desc': documents
          .filter((document) => document.anchor === anchor)
          .map(({ path, mediaType }) => ({ href: origin + path, type: mediaType })),
        'service-doc': [{ href: `${origin}/docs`, type: 'text/html' }],
        status: [{ href: `${origin}/readyz`, type: 'application/json' }],
      }));
      const headers = { 'content-type': MEDIA_TYPE, link: `<${CATALOG_PATH}>; rel="api-catalog"` };
      return { status: 200, headers, body: JSON.stringify({ linkset }) };
    },
  };
}
