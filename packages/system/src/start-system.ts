import { createOperator } from '@portico/administration';
import type { Gateway } from '@portico/gateway';
import { createHost, type Host } from '@portico/host';
import { createRuntime, type Runtime, type RuntimePolicies } from '@portico/runtime';
import type { Logger } from '@portico/service';
import { createLog } from './log.ts';
import { placeSystem } from './place-system.ts';
import { placeServices } from './process/place-services.ts';
import { toProcessPolicies } from './process/process-policies.ts';
import type { RunningGroup } from './process/start-group.ts';
import { createSystemGateway } from './process/system-gateway.ts';
import type { System } from './system.ts';
import type { Topology } from './topology-file.ts';

/** What a start may be told beside the system and its topology. */
export interface StartOptions {
  readonly topology: Topology;
  /** Where stores and logs live. Default: `.portico` in the working directory. */
  readonly directory?: string;
  readonly host?: Host;
  readonly log?: Logger;
  /** What differs from the defaults of how much a process takes on. */
  readonly policies?: RuntimePolicies;
}

/** A system at work in this process. */
export interface RunningSystem {
  /** `http://127.0.0.1:8080` and `http://127.0.0.1:7400`, with the ports really bound. */
  readonly origins: { readonly public: string; readonly admin: string };
  readonly runtime: Runtime;
  readonly gateway: Gateway;
  readonly log: Logger;
  /** The processes of a split system, by group; absent where everything is in one. */
  readonly groups?: ReadonlyMap<string, RunningGroup>;
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
  if (topology.supervisor !== false) {
    throw new Error(
      `Cannot start "${system.name}": its topology asks for several processes, and this is one. ` +
        'Take one that says "supervisor": false.',
    );
  }
  const [only] = placeSystem(system, topology).groups;
  const { callee } = toProcessPolicies(only?.policies, options.policies);
  const host = options.host ?? createHost();
  const log = options.log ?? createLog();
  const directory = options.directory ?? '.portico';
  const names = new Set(system.services.map(({ name }) => name));
  const { services: placed, close } = await placeServices(system, names, { directory, host, log });
  try {
    // Portico's own service looks at the runtime that it runs in.
    const operator = createOperator(() => runtime);
    const services = [...placed, { service: operator, store: undefined, config: undefined }];
    const runtime: Runtime = createRuntime({
      ...{ system: system.name, host, log, services },
      // What dead letters name, for whoever mends them.
      ...(system.version ? { release: system.version } : {}),
      ...(callee ? { policies: callee } : {}),
    });
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
