import { Operator } from '@portico/administration';
import type { DocumentInfo } from '@portico/binding-rest';
import type { Api } from '@portico/contract';
import type { GatewayPolicy } from '@portico/gateway';
import type { Service } from '@portico/service';
import { Platform } from './platform/platform-api.ts';

/** What the author of a system writes: its services, and what its gateway trusts. */
export interface SystemSpec {
  /** kebab-case; part of event sources, key prefixes and document titles. */
  readonly name: string;
  readonly version?: string;
  readonly services: readonly Service[];
  readonly gateway: GatewayPolicy;
  /** Title, description, contact and licence of the published documents. */
  readonly documents?: DocumentInfo;
  /** By service; parsed by each service's own schema at start. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A checked system: services that fit each other. Where they run is the topology's business. */
export interface System extends SystemSpec {
  readonly kind: 'system';
  readonly apis: readonly Api[];
}

/**
 * Defines a system.
 *
 * @throws {Error} with every mistake: a service named twice, an API in `uses` or `hears` that nobody
 * provides or in another major version, configuration for an unknown service, a role that grants
 * what no contract asks for.
 */
export function system(spec: SystemSpec): System {
  const mistakes = [
    ...nameMistakes(spec),
    ...dependencyMistakes(spec),
    ...configMistakes(spec),
    ...roleMistakes(spec),
  ];
  if (mistakes.length > 0) {
    throw new Error(
      `Cannot compose system "${spec.name}":\n${mistakes.map((text) => `  - ${text}`).join('\n')}`,
    );
  }
  return { ...spec, kind: 'system', apis: spec.services.map((service) => service.api) };
}

function nameMistakes(spec: SystemSpec): string[] {
  const mistakes: string[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(spec.name))
    mistakes.push(`the name "${spec.name}" is not kebab-case`);
  const seen = new Set<string>();
  for (const service of spec.services) {
    if (service.name === Operator.name || service.name === Platform.name)
      mistakes.push(`"${service.name}" is the name of Portico's own API: choose another`);
    if (seen.has(service.name)) mistakes.push(`service "${service.name}" is listed twice`);
    seen.add(service.name);
  }
  return mistakes;
}

function dependencyMistakes(spec: SystemSpec): string[] {
  const provided = new Map(spec.services.map((service) => [service.name, service.api]));
  return spec.services.flatMap((service) => {
    const wanted = [
      ...Object.values(service.spec.uses ?? {}).map((api) => ({ api, how: 'uses' })),
      ...Object.values(service.spec.hears ?? {}).map((api) => ({ api, how: 'hears' })),
    ];
    return wanted.flatMap(({ api, how }) => {
      const found = provided.get(api.name);
      if (!found)
        return [`service "${service.name}" ${how} API "${api.name}", which no service provides`];
      return satisfies(found, api)
        ? []
        : [
            `service "${service.name}" ${how} ${api.name} ${api.version}, but ${found.version} is provided`,
          ];
    });
  });
}

/** Same major, and at least the minor that the caller was written against (semver.org §7, §8). */
function satisfies(provided: Api, wanted: Api): boolean {
  const minor = (api: Api) => Number(api.version.split('.')[1]);
  return provided.major === wanted.major && minor(provided) >= minor(wanted);
}

function configMistakes(spec: SystemSpec): string[] {
  const known = new Set(spec.services.map((service) => service.name));
  return Object.keys(spec.config ?? {})
    .filter((name) => !known.has(name))
    .map((name) => `config is given for "${name}", which is no service of this system`);
}

function roleMistakes(spec: SystemSpec): string[] {
  const asked = new Set(
    [Operator, ...spec.services.map(({ api }) => api)].flatMap((api: Api) =>
      Object.values(api.operations).flatMap((operation) =>
        Array.isArray(operation.access) ? operation.access : [],
      ),
    ),
  );
  const matches = (grant: string) =>
    grant.endsWith('*')
      ? [...asked].some((permission) => permission.startsWith(grant.slice(0, -1)))
      : asked.has(grant);
  return Object.entries(spec.gateway.roles).flatMap(([role, grants]) =>
    grants
      .filter((grant) => !matches(grant))
      .map((grant) => `role "${role}" grants "${grant}", which no operation asks for`),
  );
}
