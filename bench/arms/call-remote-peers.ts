// Who is on the line in the arms of call-remote: the peers believe anyone, so proving and verifying, once
// per connection, is left out here too.
import type { CallerTokens, Peer, PeerIdentity } from '@portico/wire';

const common = { system: 'bench', release: 'r1', mints: false, gateway: false };
const peers: Readonly<Record<string, Peer>> = {
  'caller-1': { ...common, group: 'caller', replica: 'caller-1', services: ['caller'] },
  'stock-1': { ...common, group: 'stock', replica: 'stock-1', services: ['stock'] },
};

/** @throws {Error} for a name that nobody has here. */
export function peerOf(name: string): Peer {
  const peer = peers[name];
  if (!peer) throw new Error(`nobody is called ${name}`);
  return peer;
}

/** Believes every name. */
export function createIdentity(process: string): PeerIdentity {
  return {
    hello: () => ({ process, grant: '' }),
    prove: () => new Uint8Array(),
    verify: async ({ claim }) => peerOf(claim.process),
  };
}

/** Services call for themselves here. */
export const tokens: CallerTokens = {
  tokenFor: () => ({}),
  callerOf: () => {
    throw new Error('no tokens here');
  },
};
