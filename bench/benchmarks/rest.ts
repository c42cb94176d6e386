import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { type Arm, interleave } from '../measure.ts';
import { load, type Server, startServer } from '../server.ts';

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

const body = JSON.stringify({
  reference: 'order 4711',
  lines: [
    { sku: 'HOSE-15', quantity: 2 },
    { sku: 'LAMP-07', quantity: 1 },
    { sku: 'GRILL-3', quantity: 12 },
  ],
});

/** A GET with a path parameter and a POST with a validated body, through everything. */
export const rest: Benchmark = {
  name: 'rest',
  work: `GET with a path parameter, and POST with a validated body of three lines; ${CONNECTIONS} connections.`,
  run: async (rounds) => {
    const arms: Arm[] = [];
    for (const [name, file] of Object.entries(servers))
      arms.push(createArm(name, await startServer(file)));
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
      ];
    }),
};

function createArm(name: string, server: Server): Arm {
  const common = { connections: CONNECTIONS, seconds: SECONDS };
  let warm = false;
  return {
    name,
    async measure() {
      const get = { ...common, path: '/stock/v1/levels/HOSE-15' };
      const headers = { 'content-type': 'application/json' };
      const post = { ...common, path: '/stock/v1/checks', method: 'POST', headers, body };
      if (!warm) {
        load(server.port, get);
        load(server.port, post);
        warm = true;
      }
      const got = load(server.port, get);
      const posted = load(server.port, post);
      return {
        get: got.perSecond,
        getP99Ms: got.p99Ms,
        post: posted.perSecond,
        postP99Ms: posted.p99Ms,
      };
    },
    close: () => server.stop(),
  };
}
