import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../arms/call-remote-ports.ts';
import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { probe } from '../load.ts';
import { type Arm, interleave, runArm } from '../measure.ts';
import { LOAD_CPU } from '../pin.ts';
import { startServer } from '../server.ts';

const OURS = 'portico';
const peers = { moleculer: 'checkout-moleculer.ts', nestjs: 'checkout-nest.mjs' };
const IN_FLIGHT = [1, 16];
const SECONDS = 3;

/** Whole checkouts, with one and with sixteen customers at a time. */
export const checkout: Benchmark = {
  name: 'checkout',
  work: 'Guest, cart, quote, order, until it is confirmed and paid at the sandbox provider: six services in one process, SQLite on disk. Portico is durable on every step; the peers take the same steps without outbox, saga or idempotency.',
  run: async (rounds, seconds = SECONDS) => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-bench-'));
    try {
      const arms: Arm[] = [];
      for (const [name, file] of Object.entries({ [OURS]: 'checkout-portico.ts', ...peers })) {
        const directory = join(folder, String(arms.length));
        mkdirSync(directory);
        arms.push(await createArm({ name, file, directory, seconds }));
      }
      return await interleave(arms, rounds);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  ratios: (results) =>
    IN_FLIGHT.flatMap((inFlight) =>
      Object.keys(peers).flatMap((peer): Ratio[] => {
        const over = (figure: string) =>
          median(results, OURS, figure) / median(results, peer, figure);
        const at = `at ${inFlight}: portico ÷ ${peer}`;
        const cpu = `cpuMs${inFlight}`;
        return [
          { label: `${at}, orders per second`, ratio: over(`perSecond${inFlight}`), goal: 1 },
          { label: `${at}, p99`, ratio: over(`p99Ms${inFlight}`), lowerIsBetter: true },
          ...(results[OURS]?.[cpu]
            ? [{ label: `${at}, CPU time per order`, ratio: over(cpu), lowerIsBetter: true }]
            : []),
        ];
      }),
    ),
};

interface Side {
  readonly name: string;
  readonly file: string;
  readonly directory: string;
  readonly seconds: number;
}

/** @throws {Error} when a side takes what it should refuse. */
async function assertValidates(name: string, port: number): Promise<void> {
  const json = { 'content-type': 'application/json', 'idempotency-key': 'probe' };
  const guests = { path: '/identity/v1/guests', method: 'POST', headers: json, body: '{}' };
  const { accessToken } = JSON.parse((await probe(port, guests)).text) as { accessToken: string };
  const { status } = await probe(port, {
    ...{ path: '/cart/v1/mine/items', method: 'POST' },
    headers: { ...json, authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ sku: 'LAMP', quantity: 0 }),
  });
  if (status < 400 || status > 499)
    throw new Error(`${name} does not validate: it answered ${status} to 0 pieces`);
}

/** Every side has a payment provider of its own, beside the load: it is not what is measured. */
async function createArm({ name, file, directory, seconds }: Side): Promise<Arm> {
  const [port = 0] = await freePorts(1);
  const webhook = `http://127.0.0.1:${port}/payments/v1/provider-events/sandbox`;
  const told = name === OURS ? [webhook] : [];
  const provider = await startServer('checkout-psp.ts', told, { pinned: true, cpu: LOAD_CPU });
  const psp = `http://127.0.0.1:${provider.port}`;
  const server = await startServer(file, [String(port), psp, directory], { pinned: true });
  await assertValidates(name, port);
  const measureAt = async (inFlight: number): Promise<[string, number][]> => {
    const cpuBefore = server.cpuMs();
    const parameters = [`http://127.0.0.1:${port}`, psp, String(inFlight), String(seconds)];
    const load = await runArm('checkout-load.ts', parameters, { pinned: true });
    const cpuAfter = server.cpuMs();
    const { orders = 1, ...figures } = load;
    const cpuMs = cpuBefore === undefined ? undefined : ((cpuAfter ?? 0) - cpuBefore) / orders;
    const all = Object.entries({ ...figures, ...(cpuMs !== undefined && { cpuMs }) });
    return all.map(([figure, value]) => [`${figure}${inFlight}`, value]);
  };
  let warm = false;
  return {
    name,
    async measure() {
      if (!warm) for (const inFlight of IN_FLIGHT) await measureAt(inFlight);
      warm = true;
      const figures: [string, number][] = [];
      for (const inFlight of IN_FLIGHT) figures.push(...(await measureAt(inFlight)));
      return Object.fromEntries(figures);
    },
    async close() {
      await server.stop();
      await provider.stop();
    },
  };
}
