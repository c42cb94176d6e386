import { lookup } from 'node:dns/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** Where a listener is bound. */
export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/** A listening socket that nobody accepts on. */
export interface BoundListener {
  readonly name: string;
  readonly descriptor: number;
  readonly port: number;
}

/** As many as the kernel lets wait while the only gateway is replaced (`somaxconn` caps it). */
const BACKLOG = 4_096;

/**
 * Binds all listeners, lets `use` hand their descriptors on, and closes them here. Names are looked up
 * before, so that the event loop does not turn between the first socket and the end of `use`: it never
 * polls them, and connections stay in the kernel's queue for whoever inherits the sockets.
 *
 * @throws {Error} naming every listener that can't be bound; none stays bound.
 */
export async function bindListeners<T>(
  addresses: Readonly<Record<string, ListenerAddress>>,
  use: (bound: readonly BoundListener[]) => T,
): Promise<T> {
  const resolved = await Promise.all(
    Object.entries(addresses).map(async ([name, { host, port }]) => {
      const { address } = await lookup(host).catch((problem: Error) => {
        throw new Error(`Cannot listen: ${name} at ${host}: ${problem.message}`);
      });
      return { name, host: address, port };
    }),
  );
  const servers = resolved.map(({ name }) => ({ name, server: createServer() }));
  try {
    const listening = resolved.map(({ name, host, port }, index) =>
      listen(servers[index]?.server as Server, { host, port }).catch((problem: Error) => {
        throw new Error(`Cannot listen: ${name} at ${host}:${port}: ${problem.message}`);
      }),
    );
    const failed = (await Promise.allSettled(listening)).filter((one) => one.status === 'rejected');
    if (failed.length > 0)
      throw new Error(failed.map(({ reason }) => (reason as Error).message).join('\n'));
    return use(servers.map(toBound));
  } finally {
    for (const { server } of servers) server.close();
  }
}

function listen(server: Server, { host, port }: ListenerAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
}

function toBound({ name, server }: { name: string; server: Server }): BoundListener {
  // Node hands out the number of a socket's descriptor nowhere else.
  const { _handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return { name, descriptor: _handle.fd, port: (server.address() as AddressInfo).port };
}
