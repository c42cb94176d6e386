// How a service calls another process in Portico: a handler's `uses`, through the remote caller's policies
// (balancing, budget, throttle, deadline, trace) and the wire.
import { api, Failure, operation } from '@portico/contract';
import { createHost } from '@portico/host';
import { createRemoteServices, createRuntime } from '@portico/runtime';
import { service } from '@portico/service';
import { createLog } from '@portico/system';
import { connectReplica } from '@portico/wire';
import { Stock } from '../stock.ts';
import { measureRemoteCalls } from './call-remote-load.ts';
import { createIdentity, peerOf, tokens } from './call-remote-peers.ts';

const CONNECT_MS = 5_000;

const Caller = api('caller', {
  version: '1.0.0',
  summary: 'Calls stock.',
  operations: {
    run: operation({
      summary: 'Measures.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      timeoutMs: 60_000,
    }),
  },
});
const caller = service(Caller)({
  uses: { stock: Stock },
  operations: {
    async run(_input, { uses }) {
      await measureRemoteCalls(uses.stock.count, { isShed });
    },
  },
});

/** Whether a callee, or the caller for it, has declined a call because of its load. */
export function isShed(thrown: unknown): boolean {
  return thrown instanceof Failure && thrown.class === 'OVERLOADED';
}

/** Calls the server at `path` from a handler and prints the figures. */
export async function measureService(path: string): Promise<void> {
  const host = createHost();
  const log = createLog({ level: 'silent' });
  const self = peerOf('caller-1');
  const identity = createIdentity('caller-1');
  const remote = createRemoteServices({
    ...{ host, self: self.replica, wants: () => true },
    dial: ({ replica, address }) =>
      connectReplica({
        ...{ host, log, tokens, self, identity, uses: [Stock] },
        name: replica,
        address: { path: address },
      }),
  });
  const endpoint = { replica: 'stock-1', address: path, state: 'ready' } as const;
  const services = { stock: { version: Stock.version, endpoints: [endpoint] } };
  const runtime = createRuntime({
    ...{ system: 'bench', host, log, remote },
    services: [{ service: caller, store: undefined, config: undefined }],
  });
  await runtime.start();
  remote.apply({ epoch: 1, generation: 1, services });
  await remote.connected(CONNECT_MS);
  await runtime.client(Caller, 'bench').run();
  await runtime.drain();
  remote.close();
}
