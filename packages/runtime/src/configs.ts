import type { Service } from '@portico/service';

/**
 * The configuration of every service, checked by its own schema (Standard Schema), by service name.
 * A service that declares none must not be given any.
 *
 * @throws {Error} with the mistakes of all services together, one a line, with the path of each.
 */
export function parseConfigs(
  services: readonly Service[],
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const mistakes: string[] = [];
  const configs: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (services.some((service) => service.name === name)) continue;
    mistakes.push(`config.${name}: there is no service of this name.`);
  }
  for (const { name, spec } of services) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (!spec.config) {
      if (value !== undefined) mistakes.push(`config.${name}: the service declares none.`);
      continue;
    }
    const result = spec.config['~standard'].validate(value === undefined ? {} : value);
    if (result instanceof Promise) {
      mistakes.push(`config.${name}: its schema must not need to wait for anything.`);
      continue;
    }
    if (!result.issues) {
      configs[name] = result.value;
      continue;
    }
    for (const { path = [], message } of result.issues) {
      mistakes.push(`config.${[name, ...path.map(toSegment)].join('.')}: ${message}`);
    }
  }
  if (mistakes.length === 0) return configs;
  throw new Error(`The configuration has mistakes:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`);
}

function toSegment(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
