// Portico on the callee's side alone: a whole runtime, called by the wire's client. What the caller's side costs
// is the difference to the arm `portico`. A callee begins with a limit of its own below 256 calls: what it sheds
// is tried again, and not counted.
import { measureWire } from './call-remote-client.ts';
import { isShed } from './call-remote-portico-caller.ts';
import { serveRuntime } from './call-remote-server.ts';

// `serve SOCKET`, or `call PORT SOCKET` as all arms are started.
const [role, ...places] = process.argv.slice(2);
const path = places.at(-1) ?? '';
if (role === 'serve') await serveRuntime(path);
else await measureWire(path, { isShed });
