import type { HttpRoute } from './operation.ts';

const METHODS: ReadonlySet<string> = new Set<HttpRoute['method']>([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
]);

/** Reads `GET /stock/{sku}`. What is not of that form is kept as it is, for `routeProblem` to name. */
export function parseRoute(http: string): HttpRoute {
  const [, method = '', path = ''] = /^(\S*) ?(.*)$/.exec(http) ?? [];
  const parameters = [...path.matchAll(/\{([^{}/]*)\}/g)].map(([, name = '']) => name);
  return { method: method as HttpRoute['method'], path, parameters };
}

/** A segment is literal (RFC 3986 §2.3 unreserved characters) or one parameter, never a mixture. */
const SEGMENT = /^(?:[A-Za-z0-9._~-]+|\{[A-Za-z_][A-Za-z0-9_-]*\})$/;

/** What is wrong with a route, in a sentence, or nothing. */
export function routeProblem({ method, path, parameters }: HttpRoute): string | undefined {
  if (!METHODS.has(method)) {
    return `"${method}" is not one of ${[...METHODS].join(', ')}; write "GET /stock/{sku}".`;
  }
  const [root, ...segments] = path.split('/');
  const dots = segments.some((segment) => segment === '.' || segment === '..');
  if (root !== '' || dots || !segments.every((segment) => SEGMENT.test(segment))) {
    return `"${path}" is not a path of plain segments and {parameters}, like "/stock/{sku}".`;
  }
  if (new Set(parameters).size < parameters.length) return `"${path}" names a parameter twice.`;
  return undefined;
}

/** A route without its parameters' names: two operations with one of these can't be told apart. */
export function routePattern({ method, path }: HttpRoute): string {
  return `${method} ${path.replace(/\{[^{}/]*\}/g, '{}')}`;
}
