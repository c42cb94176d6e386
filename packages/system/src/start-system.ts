import { join } from 'node:path';
import { createOperator } from '@portico/administration';
import { createRestBinding } from '@portico/binding-rest';
import { createSoapBinding } from '@portico/binding-soap';
import { createGateway, fileKeys, type Gateway } from '@portico/gateway';
import { createHost, type Host } from '@portico/host';
import { createRuntime, type PlacedService, parseConfigs, type Runtime } from '@portico/runtime';
import type { Logger } from '@portico/service';
import type { SqlStoreDefinition } from '@portico/store';
import type { OpenStore } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import { ensureKeyFile } from './consumer-keys.ts';
import { createLog } from './log.ts';
import type { System } from './system.ts';
import { parseAddress, type Topology } from './topology.ts';

/** What a start may be told beside the system and its topology. */
export interface StartOptions {
  readonly topology: Topology;
  /** Where stores and logs live. Default: `.portico` in the working directory. */
  readonly directory?: string;
  readonly host?: Host;
  readonly log?: Logger;
}

/** A system at work in this process. */
export interface RunningSystem {
  /** `http://127.0.0.1:8080` and `http://127.0.0.1:7400`, with the ports really bound. */
  readonly origins: { readonly public: string; readonly admin: string };
  readonly runtime: Runtime;
  readonly gateway: Gateway;
  readonly log: Logger;
  /** Drains and closes: accepted calls end, stores close. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts all services of a system, and its gateway, in this process.
 *
 * @throws {Error} `Cannot start "shop": …` with every mistake of the configuration; what was already
 * open is closed again.
 */
export async function startSystem(system: System, options: StartOptions): Promise<RunningSystem> {
  const { topology } = options;
  if (topology.system !== system.name) {
    throw new Error(
      `Cannot start "${system.name}": the topology is for system "${topology.system}".`,
    );
  }
  const host = options.host ?? createHost();
  const log = options.log ?? createLog();
  const directory = options.directory ?? '.portico';
  const configs = parseConfigs(system.services, system.config ?? {});
  const opened: OpenStore[] = [];
  const close = async () => {
    for (const store of opened.reverse()) await store.close();
  };
  try {
    const services: PlacedService[] = [];
    for (const service of system.services) {
      const store = await openStore(service.name, service.spec.store, { directory, host, log });
      if (store) opened.push(store);
      services.push({ service, store, config: configs[service.name] });
    }
    // Portico's own service looks at the runtime that it runs in.
    const operator = createOperator(() => runtime);
    services.push({ service: operator, store: undefined, config: undefined });
    const runtime: Runtime = createRuntime({ system: system.name, host, log, services });
    await runtime.start();
    const gateway = createSystemGateway(system, { directory, host, log, runtime, topology });
    const origins = await gateway.listen().catch(async (problem: unknown) => {
      await runtime.drain();
      throw problem;
    });
    let stopping: Promise<void> | undefined;
    // The gateway first: nothing new comes in while what was accepted ends.
    const drain = async () => {
      await gateway.drain();
      await runtime.drain();
    };
    const stop = async () => {
      stopping ??= drain();
      await stopping;
    };
    return { origins, runtime, gateway, log, stop };
  } catch (problem) {
    await close();
    throw problem;
  }
}

interface StoreSurroundings {
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
}

async function openStore(
  service: string,
  definition: unknown,
  { directory, host, log }: StoreSurroundings,
): Promise<OpenStore | undefined> {
  if (!definition) return undefined;
  // `sqlStore` is the only maker of store definitions that drivers know.
  const sql = definition as SqlStoreDefinition<never>;
  if (sql.kind !== 'sql')
    throw new Error(`Cannot start "${service}": no driver for its kind of store.`);
  return sqliteDriver.open(sql, { service, dataDirectory: join(directory, 'data'), host, log });
}

interface GatewaySurroundings {
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
  readonly runtime: Runtime;
  readonly topology: Topology;
}

function createSystemGateway(
  system: System,
  { directory, host, log, runtime, topology }: GatewaySurroundings,
): Gateway {
  const { tls, trustedProxies } = topology.gateway;
  const keyFile = join(directory, 'keys.json');
  if (!system.gateway.keys) ensureKeyFile(keyFile);
  const keys = system.gateway.keys ?? fileKeys(keyFile, { clock: host.clock, log });
  const certificate = tls && {
    tls: { certificateFile: join(tls, 'certificate.pem'), keyFile: join(tls, 'key.pem') },
  };
  return createGateway({
    system: system.name,
    host,
    log,
    apis: runtime.apis,
    dispatcher: runtime.dispatcher,
    bindings: [
      createRestBinding(system.documents ? { info: system.documents } : {}),
      createSoapBinding({ clock: host.clock }),
    ],
    policy: { ...system.gateway, keys, ...(trustedProxies ? { trustedProxies } : {}) },
    listeners: {
      public: { ...parseAddress(topology.gateway.public), ...certificate },
      admin: parseAddress(topology.gateway.admin),
    },
    readiness: () => runtime.health(),
    ...(system.version ? { version: system.version } : {}),
  });
}
