import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';

/** What a machine has, and how hard it is at work. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly usedBytes: number;
  /** Share of the last 10 s in which something waited for a processor, 0 to 100; absent where unknown. */
  readonly cpuPressure?: number;
}

/** What scaling has put on it already. */
export interface Occupancy {
  /**
   * Beyond the least that each group is to have: those were asked for whatever the load, and most of them
   * idle. What works hard shows as pressure.
   */
  readonly added: number;
  /** Resident memory of one replica of the group that wants to grow, on average. */
  readonly meanRssBytes: number;
}

const ADDED_PER_CORE = 1.5;
/** A replica grows after its start. */
const RSS_MARGIN = 1.3;
const MEMORY_SHARE = 0.85;
/** Beyond it another process only takes from its neighbours. */
const PRESSURE_MAX = 60;

/** How many more replicas a machine can hold: as many as its processors, memory and pressure allow. */
export function roomOf(machine: Machine, { added, meanRssBytes }: Occupancy): number {
  if ((machine.cpuPressure ?? 0) >= PRESSURE_MAX) return 0;
  const byCores = Math.floor(machine.cores * ADDED_PER_CORE) - added;
  return Math.max(0, Math.min(byCores, memoryRoomOf(machine, meanRssBytes)));
}

/** How many more replicas of about `meanRssBytes` a machine has memory for, whatever they cost besides. */
export function memoryRoomOf(
  { memoryBytes, usedBytes }: Pick<Machine, 'memoryBytes' | 'usedBytes'>,
  meanRssBytes: number,
): number {
  const free = MEMORY_SHARE * memoryBytes - usedBytes;
  return Math.max(0, Math.floor(free / Math.max(1, RSS_MARGIN * meanRssBytes)));
}

const STARTS_PER_CORE = 2;

/**
 * How many replicas of a group start at once. More of them only slow each other down, until none of them is ready in
 * time and those that serve stand still; another group's do not count, since they may never get ready.
 */
export function startsAtOnce({ cores }: Pick<Machine, 'cores'>): number {
  return Math.max(1, STARTS_PER_CORE * cores);
}

/** The machine as this process finds it: its container's limits where it has some. */
export function readMachine(): Machine {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  const isConstrained = constrained > 0 && constrained < total;
  const memoryBytes = isConstrained ? constrained : total;
  const available = isConstrained ? process.availableMemory() : availableMemory();
  const pressure = cpuPressure();
  return {
    cores: availableParallelism(),
    memoryBytes,
    usedBytes: Math.max(0, memoryBytes - available),
    ...(pressure === undefined ? {} : { cpuPressure: pressure }),
  };
}

/** What can be had without swapping: caches of files count, unlike in `freemem` (proc(5)). */
function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readProc('/proc/meminfo'))?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

/** Pressure stall information, where the kernel has it (docs.kernel.org/accounting/psi.html). */
function cpuPressure(): number | undefined {
  const average = /^some avg10=([\d.]+)/m.exec(readProc('/proc/pressure/cpu'))?.[1];
  return average === undefined ? undefined : Number(average);
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
