import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, median } from '../benchmark.ts';
import { type Arm, interleave } from '../measure.ts';
import { startServer } from '../server.ts';

/** What `npm start` gives the shop, every arm has: Node keeps what it compiled for the next start. */
const environment = { NODE_COMPILE_CACHE: join(tmpdir(), 'portico-bench-compile-cache') };
/** How long a process rests before its memory is read. */
const REST_MS = 1_500;

/** From starting the process to the first answered request, and the memory it holds at rest. */
export const start: Benchmark = {
  name: 'start',
  work: 'The shop as one process, stores on disk and migrated, against NestJS and Moleculer with as many services and operations but no stores: time to the first answered request, resident memory at rest.',
  run: async (rounds) => {
    const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'));
    const arms = [
      createArm('portico', ['start-portico.ts', directory], '/catalog/v1/products?limit=1'),
      createArm('nestjs', ['start-nest.mjs'], '/catalog/items'),
      createArm('moleculer', ['start-moleculer.mjs'], '/catalog/items'),
    ];
    // The first start makes stores and fills the compile cache; it is not counted, for any arm.
    for (const arm of arms) await arm.measure();
    return interleave(arms, rounds);
  },
  ratios: (results) => {
    const time = (arm: string) => median(results, arm, 'firstAnswerMs');
    const memory = (arm: string) => median(results, arm, 'residentMb');
    return [
      {
        label: 'portico, ms to first answer',
        ratio: time('portico'),
        goal: 700,
        lowerIsBetter: true,
      },
      { label: 'portico, MB at rest', ratio: memory('portico'), goal: 150, lowerIsBetter: true },
      {
        label: 'time: portico ÷ nestjs',
        ratio: time('portico') / time('nestjs'),
        lowerIsBetter: true,
      },
      {
        label: 'time: portico ÷ moleculer',
        ratio: time('portico') / time('moleculer'),
        lowerIsBetter: true,
      },
    ];
  },
};

function createArm(
  name: string,
  [file, ...parameters]: readonly [string, ...string[]],
  path: string,
): Arm {
  return {
    name,
    async measure() {
      const startedAt = performance.now();
      const server = await startServer(file, parameters, { environment });
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${name} answered ${response.status}`);
      const firstAnswerMs = performance.now() - startedAt;
      await sleep(REST_MS);
      const residentMb = readResidentMb(server.process.pid ?? 0);
      await server.stop();
      return { firstAnswerMs, residentMb };
    },
  };
}

/** Resident set of a process, from Linux's /proc. */
function readResidentMb(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) / 1024;
}
