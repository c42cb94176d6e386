import { Operator } from '@portico/administration';
import {
  createKeyPair,
  type Grant,
  type Key,
  type KeyPair,
  type ProcessCredential,
  signGrant,
} from '@portico/wire';
import { Platform } from '../platform/platform-api.ts';
import type { System } from '../system.ts';
import { TOOLS } from './own-groups.ts';

/** A process that is about to be started. */
export interface Admission {
  readonly group: string;
  readonly replica: string;
  /** Tells this run of the replica from others. */
  readonly run: string;
  /** Services in whose name it calls. */
  readonly services: readonly string[];
  /** Whether it lets callers in from outside, and so speaks for anybody. */
  readonly gateway: boolean;
}

/** Says who is who among the processes of one system. */
export interface Authority {
  /** What everybody needs to believe it. */
  readonly publicKey: Key;
  /** What a process needs to prove itself; for its eyes alone. */
  admit(admission: Admission): Promise<ProcessCredential>;
  /**
   * A credential for a tool of the same installation, such as a seed: it calls as whoever it wants, as
   * gateways do or in the name of any service.
   */
  admitTool(name: string): Promise<ProcessCredential>;
}

/**
 * @param keys - Those of an authority before it, whose processes go on. Default: new ones.
 * @param machine - Whose authority it is, where each machine has one of its own.
 */
export function createAuthority(
  system: Pick<System, 'name' | 'services'>,
  keys: KeyPair = createKeyPair(),
  machine?: string,
): Authority {
  const admit = async (grant: Omit<Grant, 'system' | 'publicKey'>): Promise<ProcessCredential> => {
    const { privateKey, publicKey } = createKeyPair();
    const full = { system: system.name, ...grant, publicKey };
    const signed = await signGrant(full, keys.privateKey, machine);
    return { process: grant.process, privateKey, grant: signed };
  };
  return {
    publicKey: keys.publicKey,
    admit({ run, gateway, ...facts }) {
      // Every process answers the others for what is placed in it.
      const services = [...facts.services, Platform.name];
      const process = `${facts.replica}.${run}`;
      return admit({ ...facts, services, gateway, mints: gateway, process });
    },
    admitTool(name) {
      const services = [...system.services.map((service) => service.name), Operator.name];
      const facts = { group: TOOLS, replica: name, services, gateway: true, mints: true };
      return admit({ ...facts, process: name });
    },
  };
}
