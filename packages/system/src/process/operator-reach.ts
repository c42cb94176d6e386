import {
  Operator,
  type OperatorProcess,
  type OperatorQuestion,
  type OperatorReach,
} from '@portico/administration';
import { Failure } from '@portico/contract';
import type { RemoteServices, Runtime } from '@portico/runtime';
import type { Replica } from '@portico/service/spi';
import { Platform } from '../platform/platform-api.ts';
import type { System } from '../system.ts';

/** What the operator service of this process reaches the processes of the system with. */
export interface OperatorSurroundings {
  readonly system: System;
  /** This process within the system. */
  readonly self: { readonly replica: string };
  /** Names of the services placed here. */
  readonly services: readonly string[];
  readonly runtime: () => Runtime;
  readonly remote: RemoteServices;
}

/** Every process answers for what is placed in it: this one at once, the others over the wire. */
export function createOperatorReach(around: OperatorSurroundings): OperatorReach {
  const { system, self, remote, runtime } = around;
  const services = [...system.services.map(({ name }) => name), Operator.name];
  const askHere = ({ operation, input, call }: OperatorQuestion) =>
    runtime().dispatcher.dispatch(Platform.operations[operation], input, toCall(call));
  const here: OperatorProcess = {
    ...{ name: self.replica, services: around.services, suspect: false },
    ask: askHere,
  };
  return {
    services,
    processes: () => [here, ...toProcesses(services, remote)],
    async ask(service, question) {
      if (!services.includes(service)) {
        throw Failure.rejected('not-found', `There is no service "${service}".`);
      }
      if (around.services.includes(service)) return await askHere(question);
      const there = remote.callerOf(service);
      if (!there) {
        throw new Failure('NOT_SENT', 'not-placed', `No process with "${service}" is known yet.`);
      }
      const { operation, input, call } = question;
      return await there.call(Platform.operations[operation], input, toCall(call));
    },
  };
}

/** The replicas that the routing table names, each once, with all that it has: for a gateway, nothing. */
function toProcesses(
  services: readonly string[],
  remote: RemoteServices,
): readonly OperatorProcess[] {
  const found = new Map<Replica, string[]>();
  for (const service of services) {
    for (const replica of remote.presentOf(service)) {
      const known = found.get(replica);
      if (known) known.push(service);
      else found.set(replica, [service]);
    }
  }
  for (const replica of remote.presentOf(Platform.name)) {
    if (!found.has(replica)) found.set(replica, []);
  }
  return [...found].map(([replica, placed]) => ({
    ...{ name: replica.name, services: placed, suspect: replica.suspect },
    ask: ({ operation, input, call }) =>
      replica.call(Platform.operations[operation], input, toCall(call)),
  }));
}

/** In the operator's name, whoever called it; and never shed: whoever mends comes first. */
function toCall(call: OperatorQuestion['call']): OperatorQuestion['call'] {
  return { ...call, from: Operator.name, criticality: 'critical' };
}
