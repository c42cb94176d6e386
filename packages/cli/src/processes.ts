import { parseArgs } from 'node:util';
import type { SupervisionStatus } from '@portico/system/processes';
import type { Command } from './command.ts';
import { readyOf } from './follow-change.ts';
import { DIRECTORY, withSupervision } from './installation.ts';
import { show } from './operator-arguments.ts';

/** `portico processes`: what runs, and how it is. */
export const processes: Command = {
  usage: 'processes [--json] [--directory .portico]',
  summary:
    'Shows the process groups and replicas of a system in several processes; ends with 1 when some are missing.',
  async run(parameters) {
    const { values } = parseArgs({
      args: [...parameters],
      options: { json: { type: 'boolean' }, directory: { type: 'string', default: DIRECTORY } },
    });
    return withSupervision(values.directory, async ({ supervision, host }) => {
      const status = await supervision.getStatus();
      if (values.json) show(status);
      else for (const line of describeProcesses(status, host.clock.now())) console.log(line);
      return status.groups.every((group) => readyOf(group) >= group.min) ? 0 : 1;
    });
  },
};

/** Groups, and below each its replicas, in columns. */
export function describeProcesses(status: SupervisionStatus, now: number): readonly string[] {
  const { groups, plan, settled, lastPlan } = status;
  const rows = groups.flatMap((group) => [
    toGroupRow(group),
    ...group.replicas.map((one) => toReplicaRow(one, now)),
  ]);
  const lines = inColumns(rows);
  if (plan !== undefined) lines.push(`Under way: ${plan}`);
  else if (!settled)
    lines.push('Not settled: some replicas do not know yet where everything runs.');
  if (lastPlan?.reason !== undefined)
    lines.push(`The last topology was undone: ${lastPlan.reason}`);
  return lines;
}

type Group = SupervisionStatus['groups'][number];

function toGroupRow(group: Group): readonly string[] {
  const { name, services, min, max, release, change, last, restarts } = group;
  const range = min === max ? `${min}` : `${min}..${max}`;
  const notes = [
    ...(restarts === 'steady' ? [] : [restarts === 'failed' ? 'FAILED' : 'crashes']),
    ...(change === undefined ? [] : [`changes ${change}`]),
    ...(last?.phase === 'rolled-back' ? [`rolled back from ${last.to}: ${last.reason ?? ''}`] : []),
  ];
  const content = services.length > 0 ? services.join(', ') : '(gateway only)';
  return [name, `${readyOf(group)} of ${range}`, release, content, notes.join('; ')];
}

function toReplicaRow(replica: Group['replicas'][number], now: number): readonly string[] {
  const { name, phase, release, startedAt, rssBytes, inFlight, utilisation, problem } = replica;
  const figures = [
    `up ${toDuration(now - startedAt)}`,
    ...(rssBytes === undefined ? [] : [`${Math.round(rssBytes / 1024 ** 2)} MiB`]),
    ...(utilisation === undefined ? [] : [`${Math.round(100 * utilisation)} % busy`]),
    ...(inFlight === undefined ? [] : [`${inFlight} in flight`]),
  ];
  return [`  ${name}`, phase, release, figures.join(', '), problem ?? ''];
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function toDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}
