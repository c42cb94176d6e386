import { isLoopback } from './http/address.ts';
import type { GatewayPolicy, ListenerAddress, ListenerName } from './options.ts';

/**
 * What makes a listener unsafe where it is bound: mistakes that must stop the start.
 *
 * @returns sentences, none when all is well.
 */
export function findListenerMistakes(
  listeners: Readonly<Record<ListenerName, ListenerAddress>>,
  policy: GatewayPolicy,
): string[] {
  const mistakes: string[] = [];
  const { public: open, admin } = listeners;
  const proxied = (policy.trustedProxies?.length ?? 0) > 0;
  if (!isLoopback(open.host) && !open.tls && !proxied) {
    mistakes.push(
      `the public listener is bound to ${open.host}, where credentials would travel in clear text. ` +
        'Give it TLS, name the proxies in front of it as trustedProxies, or bind it to 127.0.0.1',
    );
  }
  if (!isLoopback(admin.host) && !(admin.tls && policy.issuers.length > 0)) {
    mistakes.push(
      `the admin listener is bound to ${admin.host}. Beyond this machine it needs TLS and an ` +
        'issuer whose tokens name its users; bind it to 127.0.0.1 otherwise',
    );
  }
  return mistakes;
}

/** The authorities under which the admin listener may be addressed. */
export function toAuthorities(host: string, port: number): ReadonlySet<string> {
  const names = new Set(['127.0.0.1', 'localhost', '[::1]']);
  if (host !== '0.0.0.0' && host !== '::') names.add(toHostPart(host));
  return new Set([...names].map((name) => `${name}:${port}`));
}

/** A host as it stands in a URL. */
export function toHostPart(host: string): string {
  return (host.includes(':') ? `[${host}]` : host).toLowerCase();
}

/** Why a listener could not be bound, and what to do about it. */
export function explainListening(
  name: ListenerName,
  address: ListenerAddress,
  error: unknown,
): string {
  const where = `${toHostPart(address.host)}:${address.port}`;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EADDRINUSE') {
    return `the ${name} listener's address ${where} is in use. Stop what listens there, or change it in the topology`;
  }
  if (code === 'EADDRNOTAVAIL') return `${where} is no address of this machine`;
  if (code === 'EACCES') return `this user may not listen on ${where}`;
  return `the ${name} listener cannot listen on ${where}: ${String(error)}`;
}
