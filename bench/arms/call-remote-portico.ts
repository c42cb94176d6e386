// Portico on both sides: a handler of one process calls an operation of a service in another. The call is
// admitted, validated, copied, given a deadline and a trace, and its answer checked. A callee begins with a limit
// of its own below 256 calls: what it sheds is tried again, and not counted.
import { measureService } from './call-remote-portico-caller.ts';
import { serveRuntime } from './call-remote-server.ts';

// `serve SOCKET`, or `call PORT SOCKET` as all arms are started.
const [role, ...places] = process.argv.slice(2);
const path = places.at(-1) ?? '';
if (role === 'serve') await serveRuntime(path);
else await measureService(path);
