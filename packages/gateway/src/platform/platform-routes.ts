import type { DocumentLink, HttpReply, Route } from '@portico/service/spi';
import type { Readiness } from '../options.ts';
import { createReferenceRoutes } from './api-reference.ts';
import { createCatalogRoute } from './catalog.ts';
import type { RequestMetrics } from './metrics.ts';

/** What the gateway itself answers about. */
export interface PlatformOptions {
  readonly system: string;
  readonly documents: readonly DocumentLink[];
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: RequestMetrics;
}

/** Health, the API reference and the catalog: on the public listener. */
export function createPublicRoutes(options: PlatformOptions): Route[] {
  return [
    liveness(),
    readiness(options.readiness, false),
    createCatalogRoute(options.documents),
    ...createReferenceRoutes(options.system, options.documents),
  ];
}

/** Health with details, and metrics: on the admin listener. */
export function createAdminRoutes(options: PlatformOptions): Route[] {
  return [liveness(), readiness(options.readiness, true), metrics(options.metrics)];
}

/** The event loop answers; nothing else is asked, so that no dependency can restart us. */
function liveness(): Route {
  const reply = toJson(200, { status: 'live' });
  return { method: 'GET', path: '/livez', label: 'livez', handle: async () => reply };
}

function readiness(read: () => Promise<Readiness>, detailed: boolean): Route {
  return {
    method: 'GET',
    path: '/readyz',
    label: 'readyz',
    async handle() {
      const { ready, checks } = await read();
      const status = ready ? 'ready' : 'not ready';
      const details = detailed && checks !== undefined ? { checks } : {};
      return toJson(ready ? 200 : 503, { status, ...details });
    },
  };
}

function metrics(source: RequestMetrics): Route {
  return {
    method: 'GET',
    path: '/metrics',
    label: 'metrics',
    async handle() {
      const { mediaType, text } = await source.read();
      return { status: 200, headers: { 'content-type': mediaType }, body: text };
    },
  };
}

function toJson(status: number, value: unknown): HttpReply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify(value) };
}
