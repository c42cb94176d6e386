// What Portico's arms of call-remote have in common: a server on a Unix socket.
import { createHost } from '@portico/host';
import { createRuntime } from '@portico/runtime';
import { createLog } from '@portico/system';
import { createWireServer, type WireDispatcher } from '@portico/wire';
import { Stock, stock } from '../stock.ts';
import { createIdentity, peerOf, tokens } from './call-remote-peers.ts';

/** Serves `stock` at `path` until the process is ended. */
export async function serveWire(path: string, dispatcher: WireDispatcher): Promise<void> {
  const server = createWireServer({
    ...{ dispatcher, tokens, apis: [Stock] },
    host: createHost(),
    log: createLog({ level: 'silent' }),
    self: peerOf('stock-1'),
    listen: { path },
    identity: createIdentity('stock-1'),
    allows: (_peer, from) => from === 'caller',
    load: () => 0.5,
  });
  await server.start();
  console.log(JSON.stringify({ port: 0 }));
  process.on('SIGTERM', () => process.exit(0));
}

/** Serves `stock` at `path` by a whole runtime: admitted, validated, copied, under a deadline and a trace. */
export async function serveRuntime(path: string): Promise<void> {
  const runtime = createRuntime({
    system: 'bench',
    host: createHost(),
    log: createLog({ level: 'silent' }),
    services: [{ service: stock, store: undefined, config: undefined }],
  });
  await runtime.start();
  await serveWire(path, runtime.dispatcher);
}
