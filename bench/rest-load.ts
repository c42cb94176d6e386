import { assertWrk, load, probe } from './load.ts';
import type { Arm } from './measure.ts';
import { type Server, startServer } from './server.ts';

/** As many clients at once as `rest` and `rest-remote` have. */
export const CONNECTIONS = 32;
/** On one processor the compiler has to wait for what it compiles, in two processes twice as long. */
const WARM_UP_LOADS = 3;
/** How long each load lasts unless the command says otherwise. */
export const SECONDS = 2;

const order = {
  reference: 'order 4711',
  lines: [
    { sku: 'HOSE-15', quantity: 2 },
    { sku: 'LAMP-07', quantity: 1 },
    { sku: 'GRILL-3', quantity: 12 },
  ],
};
const get = { path: '/stock/v1/levels/HOSE-15' };
const post = {
  path: '/stock/v1/checks',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(order),
};
/** How an arm is started. */
export interface RestArm {
  readonly name: string;
  /** Of `bench/arms`. */
  readonly file: string;
  readonly seconds: number;
  /** Whether it refuses an invalid body. Default true. */
  readonly validates?: boolean;
}

/**
 * Starts a server and sees that it does what it is measured for; its figures are requests per second, latency
 * and CPU time of the GET and of the POST.
 */
export async function openRestArm(options: RestArm): Promise<Arm> {
  assertWrk();
  const server = await startServer(options.file, [], { pinned: true });
  await assertEqualWork(options, server.port);
  return createArm(options, server);
}

/** @throws {Error} when an arm answers something else, or takes what it should refuse. */
async function assertEqualWork({ name, validates = true }: RestArm, port: number): Promise<void> {
  const level = await probe(port, get);
  if (level.text !== '{"sku":"HOSE-15","available":12,"low":false}')
    throw new Error(`${name} answered GET with ${level.status} ${level.text}`);
  const checked = await probe(port, post);
  if (checked.status !== 200 || checked.text !== '{"ok":true,"pieces":15,"lines":3}')
    throw new Error(`${name} answered POST with ${checked.status} ${checked.text}`);
  const wrong = { ...order, lines: [...order.lines, { sku: 'LAMP-07', quantity: 100 }] };
  const { status } = await probe(port, { ...post, body: JSON.stringify(wrong) });
  if (validates && (status < 400 || status > 499))
    throw new Error(`${name} does not validate: it answered ${status} to 100 pieces in a line`);
}

function createArm({ name, seconds }: RestArm, server: Server): Arm {
  const size = { connections: CONNECTIONS, seconds };
  let warmUps = 0;
  return {
    name,
    async measure() {
      for (; warmUps < WARM_UP_LOADS; warmUps++) {
        load(server, { ...get, ...size });
        load(server, { ...post, ...size });
      }
      const got = load(server, { ...get, ...size });
      const posted = load(server, { ...post, ...size });
      return {
        get: got.perSecond,
        getP99Ms: got.p99Ms,
        ...(got.cpuUs !== undefined && { getCpuUs: got.cpuUs }),
        post: posted.perSecond,
        postP99Ms: posted.p99Ms,
        ...(posted.cpuUs !== undefined && { postCpuUs: posted.cpuUs }),
      };
    },
    close: () => server.stop(),
  };
}
