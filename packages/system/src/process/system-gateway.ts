import { join } from 'node:path';
import { Operator } from '@portico/administration';
import { createRestBinding } from '@portico/binding-rest';
import { createSoapBinding } from '@portico/binding-soap';
import { createGateway, fileKeys, type Gateway, type GatewayOptions } from '@portico/gateway';
import type { Host } from '@portico/host';
import type { Runtime } from '@portico/runtime';
import type { Logger } from '@portico/service';
import { ensureKeyFile } from '../consumer-keys.ts';
import { parseAddress } from '../listen-address.ts';
import { readGauges } from '../runtime-gauges.ts';
import type { System } from '../system.ts';
import type { Topology } from '../topology-file.ts';

/** What the gateway of a system is composed with. */
export interface GatewaySurroundings {
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
  readonly runtime: Runtime;
  readonly topology: Topology;
  /** Sockets that are bound already, by listener: descriptors of this process. */
  readonly descriptors?: Readonly<Record<string, number>>;
  /** All that `/metrics` shows. Default: what this process tells. */
  readonly gauges?: GatewayOptions['gauges'];
  /** The name of this process, where there are others. */
  readonly process?: string;
}

/** The gateway of a system: all its APIs and the operator's, wherever their services run. */
export function createSystemGateway(system: System, around: GatewaySurroundings): Gateway {
  const { directory, host, log, runtime, topology, descriptors = {} } = around;
  const { tls, trustedProxies } = topology.gateway;
  const keyFile = join(directory, 'keys.json');
  if (!system.gateway.keys) ensureKeyFile(keyFile);
  const keys = system.gateway.keys ?? fileKeys(keyFile, { clock: host.clock, log });
  const certificate = tls && {
    tls: { certificateFile: join(tls, 'certificate.pem'), keyFile: join(tls, 'key.pem') },
  };
  const inherited = (name: 'public' | 'admin') => {
    const descriptor = descriptors[name];
    return descriptor === undefined ? {} : { descriptor };
  };
  return createGateway({
    system: system.name,
    host,
    log,
    apis: [...system.apis, Operator],
    dispatcher: runtime.dispatcher,
    bindings: [
      createRestBinding(system.documents ? { info: system.documents } : {}),
      createSoapBinding({ clock: host.clock }),
    ],
    policy: { ...system.gateway, keys, ...(trustedProxies ? { trustedProxies } : {}) },
    listeners: {
      public: { ...parseAddress(topology.gateway.public), ...certificate, ...inherited('public') },
      admin: { ...parseAddress(topology.gateway.admin), ...inherited('admin') },
    },
    readiness: () => runtime.health(),
    gauges: around.gauges ?? (async (own) => [...own, ...(await readGauges(runtime))]),
    ...(around.process === undefined ? {} : { process: around.process }),
    ...(system.version ? { version: system.version } : {}),
  });
}
