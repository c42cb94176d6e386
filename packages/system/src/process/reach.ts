import type { Host } from '@portico/host';
import type { RemoteServices } from '@portico/runtime';
import type { System } from '../system.ts';

/** Who is missed for longer may be missed for long: then what can go on without them does. */
const PATIENCE_MS = 10_000;

/** Whether a process can reach those that its services call. */
export interface Reach {
  /** Resolves when it can, or has tried for ten seconds since its first table. */
  readonly reached: Promise<void>;
  /** To be told of each table that was taken over. */
  look(): void;
}

/**
 * Tells when a process that has just started may begin what nobody asks it for: before its first table, a saga or a
 * job that goes on would find nobody there, and count that as a failure.
 *
 * @param services - Names of those placed in this process.
 */
export function createReach(
  system: Pick<System, 'services'>,
  services: ReadonlySet<string>,
  { host, remote }: { readonly host: Host; readonly remote: RemoteServices },
): Reach {
  const wanted = system.services
    .filter(({ name }) => services.has(name))
    .flatMap(({ spec }) => Object.values(spec.uses ?? {}).map(({ name }) => name))
    .filter((name) => !services.has(name));
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let isWaiting = false;
  return {
    reached,
    look() {
      if (!isWaiting) {
        isWaiting = true;
        host.timers.after(PATIENCE_MS, resolve, { background: true });
      }
      const named = remote.table?.services ?? {};
      if (wanted.every((name) => named[name] !== undefined)) {
        void remote.connected(PATIENCE_MS).then(() => resolve());
      }
    },
  };
}
