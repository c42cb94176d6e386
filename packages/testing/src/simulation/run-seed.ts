import type { StoreTemplates } from './data-folder.ts';
import { createDraw, type Draw } from './draw.ts';
import type { PlantedBug } from './planted-bug.ts';
import { createSimulation, type Simulation, type SimulationOptions } from './simulation.ts';
import type { TraceLine } from './trace.ts';

/** Something to be simulated again and again, each seed another way. */
export interface Workload {
  readonly name: string;
  /** Prepares the scenario of a seed. `size` is about how many calls it makes. */
  create(draw: Draw, size: number): Scenario;
}

/** One seed of a workload. */
export interface Scenario {
  readonly options: Omit<SimulationOptions, 'seed' | 'templates' | 'bug'>;
  /** Before anything goes wrong. */
  prepare?(simulation: Simulation): Promise<void>;
  /** While things go wrong. What it throws is a broken promise. */
  run(simulation: Simulation): Promise<void>;
  /** After healing. What it throws is a broken promise. */
  check(simulation: Simulation): Promise<void>;
}

/** Which seed of what is run, and how. */
export interface SeedOptions {
  readonly seed: number;
  readonly size: number;
  readonly templates?: StoreTemplates;
  readonly bug?: PlantedBug;
}

/** What came of a seed. */
export interface SeedReport {
  readonly workload: string;
  readonly seed: number;
  readonly size: number;
  /** Equal for equal seeds of equal code. */
  readonly hash: string;
  /** How much happened. */
  readonly events: number;
  readonly virtualMs: number;
  /** The promise that was broken; `undefined` when all were kept. */
  readonly problem: unknown;
  /** What happened last, the oldest first. */
  readonly lines: readonly TraceLine[];
}

/** Simulates one seed of a workload: prepares, breaks things, heals, checks. Never throws. */
export async function runSeed(workload: Workload, options: SeedOptions): Promise<SeedReport> {
  const { seed, size, templates, bug } = options;
  const scenario = workload.create(createDraw(seed).fork(), size);
  const simulation = createSimulation({
    ...{ ...scenario.options, seed },
    ...(templates ? { templates } : {}),
    ...(bug ? { bug } : {}),
  });
  let problem: unknown;
  try {
    await simulation.run(async () => {
      await simulation.start();
      await scenario.prepare?.(simulation);
      simulation.beginFaults();
      await scenario.run(simulation);
      await simulation.heal();
      await scenario.check(simulation);
    });
  } catch (thrown) {
    problem = thrown ?? new Error('Nothing was thrown.');
  } finally {
    simulation.close();
  }
  const { trace, host } = simulation;
  return {
    ...{ workload: workload.name, seed, size, problem },
    ...{ hash: trace.hash(), events: trace.length, lines: trace.lines() },
    virtualMs: Math.round(host.clock.monotonic()),
  };
}
