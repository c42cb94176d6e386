import { sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import type { PeerIdentity } from '../peer.ts';
import type { ReadGrant } from './grant.ts';

/** What a process was given to prove itself with. */
export interface ProcessCredential {
  /** The name of this run of the process, as the grant has it. */
  readonly process: string;
  /** What the authority has signed. */
  readonly grant: string;
  /** The private key that the grant names the public half of. */
  readonly privateKey: JWK;
}

/**
 * How processes under one authority know each other: each shows the grant that the authority has signed,
 * and signs the greetings of this very connection with the key that the grant names. Nothing secret is
 * sent; a proof heard elsewhere fits no other connection.
 */
export function createGrantedIdentity(own: ProcessCredential, readGrant: ReadGrant): PeerIdentity {
  const key = { key: own.privateKey, format: 'jwk' } as const;
  return {
    hello: () => ({ process: own.process, grant: own.grant }),
    prove: ({ message }) => sign(null, message, key),
    async verify({ claim, message, proof }) {
      const grant = await readGrant(claim.grant);
      const { system, group, replica, services, mints, gateway, process, publicKey } = grant;
      const said = [claim.system, claim.group, claim.replica, claim.process];
      if (said.join('\n') !== [system, group, replica, process].join('\n')) {
        throw new Error(`"${claim.replica}" shows the grant of "${replica}".`);
      }
      if (!verify(null, message, { key: publicKey, format: 'jwk' }, proof)) {
        throw new Error(`"${claim.replica}" does not hold the key of its grant.`);
      }
      return { system, group, replica, services, mints, gateway, release: claim.release };
    },
  };
}
