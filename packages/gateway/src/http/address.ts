import { BlockList, isIP, isIPv6 } from 'node:net';

/** Decides whose request it is, behind however many proxies. */
export interface AddressBook {
  isTrusted(peer: string): boolean;
  /**
   * The client's address: the peer's own, or, when the peer is a trusted proxy, the rightmost address
   * in `X-Forwarded-For` that is none. What stands left of it is only claimed.
   */
  clientAddress(peer: string, forwardedFor: string | undefined): string;
}

/**
 * @param trustedProxies addresses and networks (`10.0.0.0/8`) of proxies that are ours.
 * @throws {Error} naming an entry that is neither.
 */
export function createAddressBook(trustedProxies: readonly string[] = []): AddressBook {
  const trusted = new BlockList();
  for (const entry of trustedProxies) addTo(trusted, entry);
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return {
    isTrusted: (peer) => trustedProxies.length > 0 && isTrusted(toPlainAddress(peer)),
    clientAddress(peer, forwardedFor) {
      let client = toPlainAddress(peer);
      if (forwardedFor === undefined || !isTrusted(client)) return client;
      const hops = forwardedFor.split(',');
      for (let index = hops.length - 1; index >= 0; index--) {
        const hop = toPlainAddress((hops[index] as string).trim());
        if (isIP(hop) === 0) return client;
        client = hop;
        if (!isTrusted(hop)) return client;
      }
      return client;
    },
  };
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
  const valid = Number.isInteger(prefix) && prefix >= 0 && prefix <= (family === 6 ? 128 : 32);
  if (family === 0 || !valid || rest.length > 0) {
    throw new Error(
      `"${entry}" in trustedProxies is neither an address nor a network like 10.0.0.0/8.`,
    );
  }
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that came over an IPv6 socket, as IPv4; without a zone. */
export function toPlainAddress(address: string): string {
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  return plain.startsWith('::ffff:') && plain.includes('.') ? plain.slice(7) : plain;
}

/**
 * The part of an address that counts as one visitor: all of an IPv4 address, the /64 of an IPv6 one,
 * since whoever has one address of a /64 usually has all of them.
 */
export function toNetwork(address: string): string {
  const plain = toPlainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...new Array<string>(zeros).fill('0'), ...right];
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  const plain = toPlainAddress(address);
  return (
    plain === '::1' || plain === 'localhost' || (isIP(plain) === 4 && plain.startsWith('127.'))
  );
}
