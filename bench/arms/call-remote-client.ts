// What the arms `wire` and `callee` of call-remote have in common: a replica, called over a Unix socket by the
// wire's client.
import { createHost } from '@portico/host';
import { Cancellation } from '@portico/service';
import { createLog } from '@portico/system';
import { connectReplica } from '@portico/wire';
import { Stock } from '../stock.ts';
import { type LoadOptions, measureRemoteCalls } from './call-remote-load.ts';
import { createIdentity, peerOf, tokens } from './call-remote-peers.ts';

/** Calls the server at `path` and prints the figures. */
export async function measureWire(path: string, options: LoadOptions): Promise<void> {
  const host = createHost();
  const replica = connectReplica({
    ...{ host, tokens, uses: [Stock] },
    log: createLog({ level: 'silent' }),
    name: 'stock-1',
    address: { path },
    self: peerOf('caller-1'),
    identity: createIdentity('caller-1'),
  });
  await new Promise<void>((resolve) => {
    const stop = replica.onChange(() => {
      if (replica.state !== 'ready') return;
      stop();
      resolve();
    });
  });
  const { count } = Stock.operations;
  const caller = { subject: 'service:caller', permissions: new Set<string>(), via: 'service' };
  const trace = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    sampled: true,
  };
  const made = { caller, from: 'caller', key: undefined, criticality: 'default', trace } as const;
  await measureRemoteCalls(
    (input) =>
      replica.call(count, input, {
        ...made,
        deadline: host.clock.monotonic() + 3_000,
        cancellation: new Cancellation(),
        attempt: 1,
      }),
    options,
  );
  await replica.close();
}
