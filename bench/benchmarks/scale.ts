import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { assertWrk, load, probe } from '../load.ts';
import { type Arm, interleave, runArm } from '../measure.ts';
import { startServer } from '../server.ts';

const FILE = 'scale-portico.ts';
const CONNECTIONS = 32;
const SECONDS = 2;

interface Size {
  readonly services: number;
  /** Of all services together. */
  readonly operations: number;
}

const sizes: readonly Size[] = [
  { services: 1, operations: 10 },
  { services: 1, operations: 100 },
  { services: 10, operations: 100 },
  { services: 100, operations: 600 },
];
const nameOf = ({ services, operations }: Size) =>
  `${services} ${services === 1 ? 'service' : 'services'}, ${operations} operations`;
const SMALLEST = '1 service, 10 operations';

/** What a call costs in a small system and in large ones. */
export const scale: Benchmark = {
  name: 'scale',
  work: `A call from service to service in one process, all operations in turn, and a GET through the gateway (${CONNECTIONS} connections), in systems of several sizes.`,
  run: async (rounds, seconds = SECONDS) => {
    assertWrk();
    const arms: Arm[] = [];
    for (const size of sizes) arms.push(await createArm(size, seconds));
    return interleave(arms, rounds);
  },
  ratios: (results) =>
    sizes.slice(1).flatMap((size): Ratio[] => {
      const over = (figure: string) =>
        median(results, nameOf(size), figure) / median(results, SMALLEST, figure);
      // "Flat" is what can't be told from the noise of a good machine.
      const flat = { goal: 1.1, lowerIsBetter: true };
      const gateway = results[SMALLEST]?.getCpuUs
        ? [{ label: `GET, CPU time: ${nameOf(size)} ÷ the smallest`, ratio: over('getCpuUs') }]
        : [];
      return [
        { label: `call: ${nameOf(size)} ÷ the smallest`, ratio: over('callUs') },
        ...gateway,
      ].map((row) => ({ ...row, ...flat }));
    }),
};

async function createArm(size: Size, seconds: number): Promise<Arm> {
  const { services, operations } = size;
  const parameters = [String(services), String(operations)];
  const server = await startServer(FILE, ['serve', ...parameters], { pinned: true });
  const last = Math.ceil(operations / services) - 1;
  const path = `/stock${services - 1}/v1/counts${last}/HOSE-15?quantity=11`;
  const { status, text } = await probe(server.port, { path });
  if (text !== '{"sku":"HOSE-15","available":12,"low":false}')
    throw new Error(`${nameOf(size)} answered ${path} with ${status} ${text}`);
  const request = { path, connections: CONNECTIONS, seconds };
  let warm = false;
  return {
    name: nameOf(size),
    async measure() {
      if (!warm) load(server, request);
      warm = true;
      const { perSecond, cpuUs } = load(server, request);
      const { callsPerSecond = 0 } = await runArm(FILE, ['calls', ...parameters]);
      const gateway = { get: perSecond, ...(cpuUs !== undefined && { getCpuUs: cpuUs }) };
      return { callUs: 1e6 / callsPerSecond, ...gateway };
    },
    close: server.stop,
  };
}
