import type { Api } from './api.ts';
import type { Report } from './definition-error.ts';
import { routePattern } from './route.ts';
import { checkEvent } from './rules-event.ts';
import { checkFields } from './rules-field.ts';
import { checkOperation } from './rules-operation.ts';
import { checkReferences } from './rules-reference.ts';
import { checkRoute } from './rules-route.ts';
import { checkNames } from './rules-soap.ts';

/** What checking an API needs beside it. */
export interface Checking {
  readonly report: Report;
  /** Parts (`operations.getStock`) whose schemas could not be read: rules about fields skip them. */
  readonly unread: ReadonlySet<string>;
}

/** Letters and digits, words joined by hyphens or humps: it becomes a path, a namespace, a table prefix. */
const API_NAME = /^[a-z][A-Za-z0-9]*(?:-[a-z0-9]+)*$/;
/** Paths that the gateway itself answers on beside `/{api}/v{major}`. */
const RESERVED_API_NAMES = new Set(['soap', 'docs']);
/** Semantic Versioning 2.0.0, §2, §9 and §10. */
const SEMVER =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Reports everything that is wrong with an API as a whole. Schemas have been checked before. */
export function checkApi(api: Api, { report, unread }: Checking): void {
  if (!API_NAME.test(api.name) || RESERVED_API_NAMES.has(api.name)) {
    report('name', `"${api.name}" can't name an API; it is like "inventory" or "price-lists".`);
  }
  if (!SEMVER.test(api.version)) {
    report('version', `"${api.version}" is not a semantic version like "1.0.0".`);
  }
  checkSummary(api.summary, 'summary', report);
  for (const operation of Object.values(api.operations)) {
    const place = `operations.${operation.name}`;
    checkSummary(operation.summary, place, report);
    checkOperation(operation, place, report);
    checkReferences(operation, api, report);
    if (!unread.has(place)) checkRoute(operation, api, report);
  }
  for (const event of Object.values(api.events)) {
    checkSummary(event.summary, `events.${event.name}`, report);
    checkEvent(event, { api, report, unread: unread.has(`events.${event.name}`) });
  }
  checkRoutes(api, report);
  checkFields(api, report);
  checkNames(api, report);
}

function checkSummary(summary: unknown, place: string, report: Report): void {
  if (typeof summary === 'string' && summary.trim() !== '') return;
  report(place, 'a summary is missing: one sentence that says what this does.');
}

/** OpenAPI 3.1 §4.8.8: templated paths that differ only in a parameter's name are the same path. */
function checkRoutes(api: Api, report: Report): void {
  const taken = new Map<string, string>();
  const paths = new Map<string, { readonly path: string; readonly name: string }>();
  for (const { name, http } of Object.values(api.operations)) {
    const place = `operations.${name}.http`;
    const pattern = routePattern(http);
    const other = taken.get(pattern);
    if (other !== undefined) report(place, `the operation "${other}" has this route already.`);
    taken.set(pattern, other ?? name);
    const anonymous = pattern.slice(http.method.length + 1);
    const same = paths.get(anonymous);
    if (same !== undefined && same.path !== http.path && other === undefined) {
      report(
        place,
        `"${http.path}" differs only in a parameter's name from "${same.path}" of the operation ` +
          `"${same.name}"; give it the same name.`,
      );
    }
    paths.set(anonymous, same ?? { path: http.path, name });
  }
}
