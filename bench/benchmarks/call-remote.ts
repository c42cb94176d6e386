import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { type Arm, interleave, type Results, runArm } from '../measure.ts';
import { startServer } from '../server.ts';

const peers = {
  moleculer: 'call-remote-moleculer.ts',
  'nestjs tcp': 'call-remote-nest.mjs',
  'grpc-js': 'call-remote-grpc.ts',
  'fastify + undici': 'call-remote-fastify.ts',
};
const ours = {
  portico: 'call-remote-portico.ts',
  'portico, callee alone': 'call-remote-callee.ts',
  'wire alone': 'call-remote-wire.ts',
};

/** The same small call to another process, with 1, 16, 64 and 256 of them in flight. */
export const callRemote: Benchmark = {
  name: 'call-remote',
  work: 'A small object to another process on this machine and one back, validated there; one connection (undici: 64).',
  run: async (rounds) => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'));
    try {
      const arms: Arm[] = [];
      for (const [name, file] of Object.entries({ ...ours, ...peers })) {
        arms.push(await createArm(name, file, join(folder, `${arms.length}.sock`)));
      }
      return await interleave(arms, rounds);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  ratios: (results) => [
    {
      label: 'at 64 in flight: portico ÷ the best peer, calls per second',
      ratio: median(results, 'portico', 'perSecond64') / bestOf(results, 'perSecond64'),
      goal: 2,
    },
    {
      label: 'at 1: p99, portico ÷ the best peer',
      ratio: median(results, 'portico', 'p99Us1') / -bestOf(results, 'p99Us1', -1),
      goal: 1,
      lowerIsBetter: true,
    },
    ...Object.keys(peers).map(
      (peer): Ratio => ({
        label: `at 64: portico ÷ ${peer}`,
        ratio: median(results, 'portico', 'perSecond64') / median(results, peer, 'perSecond64'),
      }),
    ),
  ],
};

/** The best figure of all peers; with a sign of -1 the smallest, negated. */
function bestOf(results: Results, figure: string, sign = 1): number {
  return Math.max(...Object.keys(peers).map((peer) => sign * median(results, peer, figure)));
}

async function createArm(name: string, file: string, socket: string): Promise<Arm> {
  const server = await startServer(file, ['serve', socket], { pinned: true });
  return {
    name,
    async measure() {
      const cpuBefore = server.cpuMs();
      const place = ['call', String(server.port), socket];
      const { calls = 0, ...figures } = await runArm(file, place, { pinned: true });
      const cpuAfter = server.cpuMs();
      if (cpuBefore === undefined || cpuAfter === undefined) return figures;
      return { ...figures, serverCpuUs: ((cpuAfter - cpuBefore) * 1_000) / calls };
    },
    close: server.stop,
  };
}
