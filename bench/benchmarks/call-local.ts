import { type Benchmark, median } from '../benchmark.ts';
import { interleave, runArm } from '../measure.ts';

const figure = 'callsPerSecond';

/** Calls to another service in the same process. */
export const callLocal: Benchmark = {
  name: 'call-local',
  work: 'One service awaits an operation of another in the same process, one call at a time.',
  run: (rounds) =>
    interleave(
      ['portico', 'moleculer', 'function'].map((name) => ({
        name,
        measure: () => runArm(`call-local-${name}.ts`),
      })),
      rounds,
    ),
  ratios: (results) => {
    const ours = median(results, 'portico', figure);
    return [
      {
        label: 'portico ÷ moleculer, calls per second',
        ratio: ours / median(results, 'moleculer', figure),
        goal: 1.5,
      },
      { label: 'µs per call', ratio: 1e6 / ours, goal: 1, lowerIsBetter: true },
      {
        label: 'portico ÷ bare async function',
        ratio: ours / median(results, 'function', figure),
      },
    ];
  },
};
