import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Key, TlsMaterial, Trust, WireAddress } from '@portico/wire';
import { parseAddress } from '../listen-address.ts';
import { followMachineFiles } from './follow-machine-files.ts';
import type { MachineFiles } from './machine-files.ts';
import { createTrust, type KnownGroup } from './trust.ts';

/** What a process is told at its start about the machines of its system. */
export interface MeshOrders {
  readonly machine: string;
  readonly machines: readonly string[];
  readonly groups: readonly KnownGroup[];
  /** With certificates and authorities. */
  readonly folder: string;
  /** What was in it when it could last be used: a broken file keeps nobody from starting. */
  readonly files: MachineFiles;
}

/** The other machines, as a process reaches them and is reached. */
export interface Mesh {
  readonly trust: Trust;
  /** Where `host:port` is, with the certificates of this moment. */
  toAddress(address: string): Exclude<WireAddress, { readonly path: string }>;
  /** Runs `listener` with each new certificate. */
  onRenewal(listener: (tls: TlsMaterial) => void): void;
}

/** What a mesh is made with. */
export interface MeshOptions {
  readonly system: string;
  readonly orders: MeshOrders;
  /** The public key of this machine's own authority. */
  readonly authority: Key;
  readonly host: Host;
  readonly log: Logger;
}

/** Follows the files of this machine from now on. */
export function createMesh({ system, orders, authority, host, log }: MeshOptions): Mesh {
  const { machine, machines, groups, folder, files: first } = orders;
  const request = { folder, system, machine, machines };
  const followed = followMachineFiles({ request, host, log, first });
  const authorities = () => followed.files.authorities;
  return {
    trust: createTrust({ machine, own: authority, authorities, groups }),
    toAddress: (address) => ({ ...parseAddress(address), tls: followed.files.tls }),
    onRenewal: (listener) => followed.onChange(({ tls }) => listener(tls)),
  };
}
