import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { type Arm, interleave, type Results } from '../measure.ts';
import { CONNECTIONS, openRestArm, SECONDS } from '../rest-load.ts';

const servers = {
  portico: 'rest-portico.ts',
  'node:http': 'rest-node-http.ts',
  fastify: 'rest-fastify.ts',
  hono: 'rest-hono.ts',
  nestjs: 'rest-nest.mjs',
  'moleculer-web': 'rest-moleculer.ts',
};
/** The limit, not a peer: it checks nothing. */
const BARE = 'node:http';

/** A GET with a path parameter and a POST with a validated body, through everything. */
export const rest: Benchmark = {
  name: 'rest',
  work: `GET with a path parameter, and POST with a validated body of three lines; ${CONNECTIONS} connections.`,
  run: async (rounds, seconds = SECONDS) => {
    const arms: Arm[] = [];
    for (const [name, file] of Object.entries(servers))
      arms.push(await openRestArm({ name, file, seconds, validates: name !== BARE }));
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
