// The wire alone: nothing is validated or copied beyond what JSON does. The limit of what Portico can be.
import { measureWire } from './call-remote-client.ts';
import { serveWire } from './call-remote-server.ts';

// `serve SOCKET`, or `call PORT SOCKET` as all arms are started.
const [role, ...places] = process.argv.slice(2);
const path = places.at(-1) ?? '';
if (role === 'serve') {
  await serveWire(path, {
    async dispatch(_operation, input) {
      const { sku, quantity } = input as { sku: string; quantity: number };
      return { sku, available: quantity + 1, low: false };
    },
  });
} else await measureWire(path, { validates: false });
