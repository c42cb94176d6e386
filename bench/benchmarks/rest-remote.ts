import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { type Arm, interleave } from '../measure.ts';
import { CONNECTIONS, openRestArm, SECONDS } from '../rest-load.ts';

const OURS = 'portico';
const peers = {
  'fastify + undici proxy': 'rest-remote-fastify.ts',
  'moleculer-web + tcp': 'rest-remote-moleculer.ts',
  'nestjs + tcp': 'rest-remote-nest.mjs',
};

/** The GET and the POST of `rest`, answered by a service in another process than the gateway. */
export const restRemote: Benchmark = {
  name: 'rest-remote',
  work: `The GET and the POST of \`rest\` with the gateway in one process and the service in another, both on one processor; ${CONNECTIONS} connections.`,
  run: async (rounds, seconds = SECONDS) => {
    const arms: Arm[] = [];
    for (const [name, file] of Object.entries({ [OURS]: 'rest-remote-portico.ts', ...peers }))
      arms.push(await openRestArm({ name, file, seconds }));
    return interleave(arms, rounds);
  },
  ratios: (results) =>
    ['get', 'post'].flatMap((figure): Ratio[] => {
      const names = Object.keys(peers);
      const over = (name: string, peer: string) =>
        median(results, OURS, name) / median(results, peer, name);
      const cpu = `${figure}CpuUs`;
      const told = results[OURS]?.[cpu] !== undefined;
      return [
        {
          label: `${figure}: portico ÷ the best peer`,
          ratio: Math.min(...names.map((peer) => over(figure, peer))),
          goal: 2,
        },
        ...names.map((peer) => ({
          label: `${figure}: portico ÷ ${peer}`,
          ratio: over(figure, peer),
        })),
        ...(told ? names : []).map((peer) => ({
          label: `${figure}: CPU time per request, portico ÷ ${peer}`,
          ratio: over(cpu, peer),
          lowerIsBetter: true,
        })),
      ];
    }),
};
