import type { PlacedGroup } from '@portico/supervisor';
import type { Grant, Key, Trust } from '@portico/wire';
import { Platform } from '../platform/platform-api.ts';

/** A group as machines that it is not on know it. */
export type KnownGroup = Pick<PlacedGroup, 'name' | 'services' | 'gateway' | 'machines'>;

/** Whom a process of one machine believes. */
export interface TrustOptions {
  readonly machine: string;
  /** The public key of this machine's own authority. */
  readonly own: Key;
  /** Those of the others, as they are now. */
  readonly authorities: () => Readonly<Record<string, Key>>;
  /** All groups of the system, as this machine was started with them. */
  readonly groups: readonly KnownGroup[];
}

/**
 * Each machine speaks for what the topology places on it and for nothing else, whatever its authority has
 * signed: who takes over one machine does not have the others. Tools and supervisors belong to no group, and
 * so are believed on their own machine only.
 */
export function createTrust({ machine, own, authorities, groups }: TrustOptions): Trust {
  const known = new Map(groups.map((group) => [group.name, group]));
  return {
    machine,
    keyOf(name) {
      if (name === machine) return own;
      const keys = authorities();
      return Object.hasOwn(keys, name) ? keys[name] : undefined;
    },
    assertPlaced(grant, from) {
      const group = known.get(grant.group);
      if (!group?.machines.includes(from))
        throw new Error(`"${grant.replica}": no group "${grant.group}" is placed on "${from}".`);
      assertWithin(grant, group, from);
    },
  };
}

function assertWithin(grant: Grant, group: KnownGroup, from: string): void {
  const { replica, services, gateway, mints } = grant;
  const prefix = `${group.name}-${from}-`;
  if (!replica.startsWith(prefix) || !/^\d+$/.test(replica.slice(prefix.length)))
    throw new Error(`"${replica}" is no name for a replica of "${group.name}" on "${from}".`);
  const placed = new Set([...group.services, Platform.name]);
  const strange = services.filter((service) => !placed.has(service));
  if (strange.length > 0)
    throw new Error(`"${replica}": ${strange.join(', ')} is not placed in "${group.name}".`);
  if ((gateway || mints) && !group.gateway)
    throw new Error(`"${replica}": the gateway is not placed in "${group.name}".`);
}
