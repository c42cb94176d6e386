import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms, in user mode (field 14) and in the kernel (15): proc(5). */
const TICK_MS = 10;

/** A process and all that it has started, parents first, from Linux's /proc; elsewhere itself alone. */
export function familyOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  const children = readAll(() => readdirSync(tasks)).flatMap((task) =>
    readAll(() => readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ').filter(Boolean)),
  );
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

/** CPU time of a process and all that it has started, in ms; `undefined` where there is no /proc. */
export function cpuMsOf(pid: number): number | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  return familyOf(pid).reduce((sum, each) => sum + readTicks(each) * TICK_MS, 0);
}

function readTicks(pid: number): number {
  const [line = ''] = readAll(() => [readFileSync(`/proc/${pid}/stat`, 'utf8')]);
  // The name of the program stands in parentheses and may hold spaces.
  const fields = line.split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** A process may end while it is looked at: nothing is known of it then. */
function readAll(read: () => readonly string[]): readonly string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
