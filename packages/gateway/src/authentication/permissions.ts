import type { Api } from '@portico/contract';

/** The permissions of roles, with wildcards resolved once. */
export interface Roles {
  /** What the roles grant together. Unknown roles grant nothing. */
  permissionsOf(roles: readonly string[]): ReadonlySet<string>;
  /** `names` with wildcards (`orders:*`) replaced by every permission known that they cover. */
  expand(names: readonly string[]): ReadonlySet<string>;
}

/**
 * Resolves roles against every permission that a contract asks for or a role names outright. A
 * permission that neither mentions is not covered by any wildcard.
 */
export function createRoles(
  roles: Readonly<Record<string, readonly string[]>>,
  apis: readonly Api[],
): Roles {
  const known = new Set<string>([...apis.flatMap(permissionsAskedFor), ...namedOutright(roles)]);
  const expand = (names: readonly string[]) =>
    new Set(names.flatMap((name) => (name.includes('*') ? covered(name, known) : [name])));
  const expanded = new Map(Object.entries(roles).map(([role, names]) => [role, expand(names)]));
  return {
    expand,
    permissionsOf: (names) => new Set(names.flatMap((name) => [...(expanded.get(name) ?? [])])),
  };
}

function permissionsAskedFor(api: Api): string[] {
  return Object.values(api.operations).flatMap(({ access }) =>
    access === undefined || typeof access === 'string' ? [] : [...access],
  );
}

function namedOutright(roles: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.values(roles)
    .flat()
    .filter((name) => !name.includes('*'));
}

/** `*` covers all; `orders:*` what begins with `orders:`. Nothing else is a wildcard. */
function covered(wildcard: string, known: ReadonlySet<string>): string[] {
  if (!wildcard.endsWith('*')) return [];
  const start = wildcard.slice(0, -1);
  return [...known].filter((name) => name.startsWith(start));
}

/** What both grant. */
export function intersect(
  left: ReadonlySet<string>,
  right: ReadonlySet<string>,
): ReadonlySet<string> {
  return new Set([...left].filter((name) => right.has(name)));
}
