import type { SupervisionStatus } from '@portico/system/processes';
import type { Supervised } from './installation.ts';

/** How a change stands: nothing while it goes on, else its end. */
export type ChangeEnd =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly reason: string };

/** Tells the end of a change when it sees it. */
export type EndOfChange = (status: SupervisionStatus) => ChangeEnd | undefined;

/** Often enough to see most of what happens, seldom enough to cost nothing. */
const LOOK_MS = 250;
/** A supervisor that has died is back within seconds. */
const SILENT_MS = 60_000;

/**
 * Shows what changes, a line for each thing, until `endOf` knows how it ended.
 *
 * @param isGone - Whether there is no supervisor to ask any more, and that is how it should end.
 * @returns the exit code: 0 when it was done, 1 when it was not, with the reason on standard error.
 */
export async function followChange(
  { supervision, host }: Supervised,
  endOf: EndOfChange,
  isGone: () => boolean = () => false,
): Promise<number> {
  let shown: ReadonlyMap<string, string> | undefined;
  let heardAt = host.clock.monotonic();
  for (;;) {
    if (isGone()) return 0;
    const status = await supervision.getStatus().catch(() => undefined);
    if (status) {
      heardAt = host.clock.monotonic();
      const lines = toLines(status);
      // What was there before the first look is no news.
      for (const line of shown ? newsOf(shown, lines) : []) console.log(line);
      shown = lines;
      const end = endOf(status);
      if (end?.isDone) return 0;
      if (end) {
        console.error(end.reason);
        return 1;
      }
    } else if (host.clock.monotonic() - heardAt > SILENT_MS) {
      throw new Error('The supervisor no longer answers. See log/supervisor.log in its directory.');
    }
    await host.timers.sleep(LOOK_MS);
  }
}

/** The end of a rolling change of a group: another one than the one that ended at `before`. */
export function endOfRolling(
  group: string,
  before: number | undefined,
  wanted: readonly string[],
): EndOfChange {
  return ({ groups, settled }) => {
    const { change, last } = groups.find(({ name }) => name === group) ?? {};
    if (change !== undefined || !settled || last === undefined || last.at === before)
      return undefined;
    if (wanted.includes(last.phase)) return { isDone: true };
    const why = last.reason ?? 'no reason is known';
    return { isDone: false, reason: `${group} was rolled back: ${why}. The old replicas serve.` };
  };
}

/** The end of a replica that was there `before`: it has gone, and its group has what it wants. */
export function endOfDrain(replica: string, before: SupervisionStatus): EndOfChange {
  const find = ({ groups }: SupervisionStatus) =>
    groups.flatMap(({ replicas }) => replicas).find(({ name }) => name === replica);
  const startedAt = find(before)?.startedAt;
  return (status) => {
    const isThere = startedAt !== undefined && find(status)?.startedAt === startedAt;
    if (isThere || !status.settled) return undefined;
    return status.groups.every((group) => readyOf(group) === group.wanted)
      ? { isDone: true }
      : undefined;
  };
}

/**
 * The end of a re-placement, other than the one that had ended `before`, with every replica ready. Groups that
 * crashed before it are not waited for: it may be what mends them.
 */
export function endOfPlan(before: SupervisionStatus): EndOfChange {
  const unwell = new Set(
    before.groups.filter(({ restarts }) => restarts !== 'steady').map(({ name }) => name),
  );
  return (status) => {
    const { plan, lastPlan, settled } = status;
    const groups = status.groups.filter(({ name }) => !unwell.has(name));
    const crashing = groups.find(({ restarts }) => restarts !== 'steady');
    if (crashing) {
      const reason = `${crashing.name} crashes again and again. See log/ and crashes/ in the directory.`;
      return { isDone: false, reason };
    }
    if (plan !== undefined || lastPlan === undefined || lastPlan.at === before.lastPlan?.at)
      return undefined;
    if (!settled || groups.some((group) => readyOf(group) !== group.wanted)) return undefined;
    if (lastPlan.reason === undefined) return { isDone: true };
    return { isDone: false, reason: `It was undone: ${lastPlan.reason}.` };
  };
}

type Group = SupervisionStatus['groups'][number];

/** How many of a group's replicas serve. */
export function readyOf({ replicas }: Group): number {
  return replicas.filter(({ phase }) => phase === 'ready').length;
}

/** One line for each thing that may change, by what it is about. */
function toLines({ plan, groups }: SupervisionStatus): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  if (plan !== undefined) lines.set('plan', plan);
  for (const { name, change, replicas } of groups) {
    if (change !== undefined) lines.set(`group ${name}`, `${name} ${change}`);
    for (const replica of replicas) {
      const about = replica.problem === undefined ? '' : ` (${replica.problem})`;
      const line = `${replica.name} ${replica.phase}, release ${replica.release}${about}`;
      lines.set(`replica ${replica.name}`, line);
    }
  }
  return lines;
}

function newsOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const news = [...now].flatMap(([key, line]) => (before.get(key) === line ? [] : [`  ${line}`]));
  const gone = [...before.keys()].filter((key) => key.startsWith('replica ') && !now.has(key));
  return [...news, ...gone.map((key) => `  ${key.slice('replica '.length)} ended`)];
}
