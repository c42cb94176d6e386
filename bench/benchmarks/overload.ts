import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { type Arm, interleave, runArm } from '../measure.ts';
import { startServer } from '../server.ts';

const OURS = 'portico';
const peers = { fastify: 'overload-fastify.ts', 'moleculer-web': 'overload-moleculer.ts' };
const SECONDS = 4;

/** From half of what a server can do to ten times as much. */
export const overload: Benchmark = {
  name: 'overload',
  work: 'Requests of some milliseconds of CPU time, sent at 0.5 to 10 times the capacity, whatever comes back; callers leave after a second. Goodput: answers in time, per second.',
  run: async (rounds, seconds = SECONDS) => {
    const arms: Arm[] = [];
    for (const [name, file] of Object.entries({ [OURS]: 'overload-portico.ts', ...peers })) {
      const server = await startServer(file, [], { pinned: true });
      const parameters = [String(server.port), String(seconds)];
      arms.push({
        name,
        measure: () => runArm('overload-load.ts', parameters, { pinned: true }),
        close: server.stop,
      });
    }
    return interleave(arms, rounds);
  },
  ratios: (results) => [
    {
      label: 'portico: goodput at 10 × capacity ÷ its peak',
      ratio: median(results, OURS, 'kept10'),
      goal: 0.9,
    },
    ...Object.keys(peers).map(
      (peer): Ratio => ({
        label: `${peer}: goodput at 10 × capacity ÷ its peak`,
        ratio: median(results, peer, 'kept10'),
      }),
    ),
  ],
};
