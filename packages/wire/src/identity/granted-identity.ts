import { sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import { toMachineUri } from '../certificate.ts';
import type { PeerIdentity, Proof } from '../peer.ts';
import type { BelievedGrant, ReadGrant } from './grant.ts';

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
 *
 * @param here - The machine of this process, where there are several: over its sockets come its own
 * processes, and from others only those whose certificate names the machine that has granted them.
 */
export function createGrantedIdentity(
  own: ProcessCredential,
  readGrant: ReadGrant,
  here?: string,
): PeerIdentity {
  const key = { key: own.privateKey, format: 'jwk' } as const;
  return {
    hello: () => ({ process: own.process, grant: own.grant }),
    prove: ({ message }) => sign(null, message, key),
    async verify({ claim, message, proof, certificate }) {
      const grant = await readGrant(claim.grant);
      if (here !== undefined) assertFrom(grant, certificate, here);
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

/** @throws {Error} when a grant is shown elsewhere than on the machine whose authority has signed it. */
function assertFrom(
  { system, replica, machine = '' }: BelievedGrant,
  certificate: Proof['certificate'],
  here: string,
): void {
  if (!certificate) {
    if (machine === here) return;
    throw new Error(`"${replica}" of machine "${machine}" shows its grant on this one, "${here}".`);
  }
  const uri = toMachineUri(system, machine);
  if (certificate.uris.includes(uri)) return;
  const names = certificate.uris.join(', ') || 'nothing';
  throw new Error(`"${replica}" needs a certificate for ${uri}; it is for ${names}.`);
}
