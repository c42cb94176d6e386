import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { assertWrk, load, probe } from '../load.ts';
import { type Arm, interleave, type Results } from '../measure.ts';
import { type Server, startServer } from '../server.ts';

const servers = {
  portico: 'rest-portico.ts',
  'node:http': 'rest-node-http.ts',
  fastify: 'rest-fastify.ts',
  hono: 'rest-hono.ts',
  nestjs: 'rest-nest.mjs',
  'moleculer-web': 'rest-moleculer.ts',
};
const CONNECTIONS = 32;
const SECONDS = 2;

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
/** The limit, not a peer: it checks nothing. */
const BARE = 'node:http';

/** A GET with a path parameter and a POST with a validated body, through everything. */
export const rest: Benchmark = {
  name: 'rest',
  work: `GET with a path parameter, and POST with a validated body of three lines; ${CONNECTIONS} connections.`,
  run: async (rounds) => {
    assertWrk();
    const arms: Arm[] = [];
    for (const [name, file] of Object.entries(servers)) {
      const server = await startServer(file, [], { pinned: true });
      await assertEqualWork(name, server.port);
      arms.push(createArm(name, server));
    }
    return interleave(arms, rounds);
  },
  ratios: (results) =>
    ['get', 'post'].flatMap((figure): Ratio[] => {
      const ours = median(results, 'portico', figure);
      const against = (peer: string) => ours / median(results, peer, figure);
      return [
        { label: `${figure}: portico ÷ fastify`, ratio: against('fastify'), goal: 1 },
        { label: `${figure}: portico ÷ node:http`, ratio: against('node:http'), goal: 0.8 },
        { label: `${figure}: portico ÷ hono`, ratio: against('hono') },
        { label: `${figure}: portico ÷ nestjs`, ratio: against('nestjs') },
        { label: `${figure}: portico ÷ moleculer-web`, ratio: against('moleculer-web') },
        ...compareCpu(results, figure),
      ];
    }),
};

/** What the machine's other work disturbs least; absent where CPU time is not told. */
function compareCpu(results: Results, figure: string): Ratio[] {
  const name = `${figure}CpuUs`;
  if (!results.portico?.[name]) return [];
  const ours = median(results, 'portico', name);
  // The goals of the rates, turned round: what keeps one processor busy is what limits the rate.
  const goals = { fastify: 1, [BARE]: 1.25 };
  return Object.entries(goals).map(([peer, goal]) => ({
    label: `${figure}: CPU time per request, portico ÷ ${peer}`,
    ratio: ours / median(results, peer, name),
    goal,
    lowerIsBetter: true,
  }));
}

/** @throws {Error} when an arm answers something else, or takes what it should refuse. */
async function assertEqualWork(name: string, port: number): Promise<void> {
  const level = await probe(port, get);
  if (level.text !== '{"sku":"HOSE-15","available":12,"low":false}')
    throw new Error(`${name} answered GET with ${level.status} ${level.text}`);
  const checked = await probe(port, post);
  if (checked.status !== 200 || checked.text !== '{"ok":true,"pieces":15,"lines":3}')
    throw new Error(`${name} answered POST with ${checked.status} ${checked.text}`);
  const wrong = { ...order, lines: [...order.lines, { sku: 'LAMP-07', quantity: 100 }] };
  const { status } = await probe(port, { ...post, body: JSON.stringify(wrong) });
  if (name !== BARE && (status < 400 || status > 499))
    throw new Error(`${name} does not validate: it answered ${status} to 100 pieces in a line`);
}

function createArm(name: string, server: Server): Arm {
  const size = { connections: CONNECTIONS, seconds: SECONDS };
  let warm = false;
  return {
    name,
    async measure() {
      if (!warm) {
        load(server, { ...get, ...size });
        load(server, { ...post, ...size });
        warm = true;
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
