import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type Server as TlsServer,
} from 'node:tls';
import { HANDSHAKE_LIMIT_MS } from './flow-control.ts';

/** Certificate, key and authority, as PEM. Both sides of a connection have one each. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority that has signed every process's certificate; no other is believed. */
  readonly ca: string | Buffer;
}

/** A Unix socket in a directory that only this user can enter, or TCP with TLS: plain TCP does not exist. */
export type WireAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls: TlsMaterial };

/** For people: `/run/cart-2.sock`, `10.0.0.7:7321`. */
export function formatAddress(address: WireAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

/** More than a system has replicas; what is beyond it is closed before it is read. */
const CONNECTIONS_MAX = 1_024;

/** A server for an address. `onConnection` gets sockets that can be read from: TLS is done. */
export function createServerFor(
  address: WireAddress,
  onConnection: (socket: Socket) => void,
): Server | TlsServer {
  const server =
    'path' in address
      ? createServer({ noDelay: true }, onConnection)
      : createTlsServer(
          {
            ...tlsSettings(address.tls),
            requestCert: true,
            handshakeTimeout: HANDSHAKE_LIMIT_MS,
            noDelay: true,
          },
          onConnection,
        );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

/** A socket on its way to an address; `onConnected` when frames can be sent. */
export function dial(address: WireAddress, onConnected: (socket: Socket) => void): Socket {
  if ('path' in address) {
    const socket = connect({ path: address.path }, () => onConnected(socket));
    return socket;
  }
  const { host, port, tls } = address;
  // The certificate's names are those of processes, not of hosts: the handshake looks at them.
  const settings = { ...tlsSettings(tls), host, port, checkServerIdentity: () => undefined };
  const socket = connectTls(settings, () => onConnected(socket.setNoDelay(true)));
  return socket;
}

/** What both ends ask of a connection: nothing older, nobody without a certificate that `ca` has signed. */
export function tlsSettings({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: 'TLSv1.3', rejectUnauthorized: true } as const;
}
