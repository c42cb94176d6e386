import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '@portico/host';
import type { HttpLimits } from './http/limits.ts';

/** A request that was not answered yet. */
export interface Pending {
  abort(): void;
  /** Whether its body is still on its way, and no answer has begun. */
  isArriving(): boolean;
}

/** What is known of an open connection. */
export interface Connection {
  readonly address: string;
  /** What waits for its answer on it; ended when it closes. */
  readonly pending: Set<Pending>;
  /** Whether it is time for the client to connect anew. */
  isAged(): boolean;
}

/** The connections of a listener. */
export interface ConnectionBook {
  /** Counts a socket against its address; one too many is closed without a word. */
  admit(socket: Socket): void;
  /** Begins to keep what is known of a socket that can carry requests. */
  open(socket: Socket): void;
  /** @throws {Error} for a socket that was never opened here. */
  of(socket: Socket): Connection;
  find(socket: Duplex): Connection | undefined;
}

/** Ages spread by this share, so that clients that came together don't return together. */
const AGE_JITTER = 0.1;

/**
 * @param isExempt addresses that no count holds for: our own proxies, behind which everybody is.
 */
export function createConnectionBook(
  host: Host,
  limits: HttpLimits,
  isExempt: (address: string) => boolean,
): ConnectionBook {
  const counts = new Map<string, number>();
  const connections = new WeakMap<Duplex, Connection>();
  return {
    admit(socket) {
      const address = socket.remoteAddress;
      if (address === undefined || isExempt(address)) return;
      const count = (counts.get(address) ?? 0) + 1;
      if (count > limits.connectionsPerAddress) {
        socket.destroy();
        return;
      }
      counts.set(address, count);
      socket.once('close', () => {
        const left = (counts.get(address) ?? 1) - 1;
        if (left > 0) counts.set(address, left);
        else counts.delete(address);
      });
    },
    open(socket) {
      const jitter = 1 - AGE_JITTER + 2 * AGE_JITTER * host.random.float();
      const endsAt = host.clock.monotonic() + limits.connectionAgeMs * jitter;
      const pending = new Set<Pending>();
      const isAged = () => host.clock.monotonic() >= endsAt;
      connections.set(socket, { address: socket.remoteAddress ?? '', pending, isAged });
      socket.once('close', () => {
        for (const request of pending) request.abort();
      });
    },
    of(socket) {
      const connection = connections.get(socket);
      if (!connection) throw new Error('A request came on a socket that was never opened.');
      return connection;
    },
    find: (socket) => connections.get(socket),
  };
}
