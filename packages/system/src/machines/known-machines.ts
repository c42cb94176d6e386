import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { System } from '../system.ts';
import type { MachineView } from './elsewhere.ts';
import { followMachineFiles } from './follow-machine-files.ts';
import { readMachineFiles } from './machine-files.ts';
import type { MeshOrders } from './mesh.ts';

/** What the supervisor of one of several machines tells its replicas of the others. */
export interface KnownMachines {
  /** Of the certificates. */
  readonly folder: string;
  /** With the files that could last be used. */
  orders(): MeshOrders;
}

/**
 * Reads the files of this machine and follows them.
 *
 * @throws {Error} with every file that can't be worked with. What others would not take, or who is not
 * believed, is written down: a supervisor that starts again has to look after what runs.
 */
export function createKnownMachines(
  { name: system }: Pick<System, 'name'>,
  { topology, placement, machine }: MachineView,
  { host, log }: { readonly host: Host; readonly log: Logger },
): KnownMachines {
  const folder = topology.wire?.tls ?? '';
  const machines = Object.keys(topology.machines ?? {});
  const request = { folder, system, machine, machines };
  const { files: first, doubts } = readMachineFiles({ ...request, now: host.clock.now() });
  for (const doubt of doubts) log.error({ folder, doubt, alarm: 'certificates' }, 'Certificates');
  const followed = followMachineFiles({ request, host, log, first });
  const groups = placement.groups.map(({ name, services, gateway, machines: on }) => ({
    ...{ name, services, gateway, machines: on },
  }));
  return {
    folder,
    orders: () => ({ machine, machines, groups, folder, files: followed.files }),
  };
}
