import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findRelease, readTopology } from '@portico/system';
import { isRunning } from '@portico/system/processes';
import { type Command, UsageError } from './command.ts';
import {
  type EndOfChange,
  endOfDrain,
  endOfPlan,
  endOfRolling,
  followChange,
} from './follow-change.ts';
import { DIRECTORY, parseRange, type Supervised, withSupervision } from './installation.ts';
import { required } from './operator-arguments.ts';

/** `portico scale`: another number of replicas. */
export const scale: Command = {
  usage: 'scale GROUP MIN[..MAX] [--directory .portico]',
  summary:
    'Runs so many replicas of a process group, or as many as its load asks for within a range.',
  async run(parameters) {
    const { positionals, directory } = parse(parameters);
    const group = required(positionals[0], 'the group');
    const range = parseRange(required(positionals[1], 'the number of replicas'));
    return withSupervision(directory, async (supervised) => {
      const before = await supervised.supervision.getStatus();
      const made = await supervised.supervision.scale({ group, ...range });
      if (made.min > range.min)
        console.log(`${group} has critical operations and may scale: ${made.min} at the least.`);
      const isSame = before.groups.some(
        ({ name, min, max }) => name === group && min === made.min && max === made.max,
      );
      if (isSame) console.log(`${group} is scaled so already.`);
      return isSame ? 0 : finish(supervised, endOfPlan(before));
    });
  },
};

/** `portico restart`: new replicas of the same release. */
export const restart: Command = {
  usage: 'restart GROUP|SERVICE [--directory .portico]',
  summary: 'Replaces every replica of a process group by a new one, without a failed call.',
  run: (parameters) =>
    rolling(parameters, async ({ supervision }, group) => {
      await supervision.restart({ group });
      return ['done'];
    }),
};

/** `portico drain`: another process in the place of one replica. */
export const drain: Command = {
  usage: 'drain REPLICA [--directory .portico]',
  summary: 'Takes one replica out once another has taken its place, without a failed call.',
  async run(parameters) {
    const { positionals, directory } = parse(parameters);
    const replica = required(positionals[0], 'the replica');
    return withSupervision(directory, async (supervised) => {
      const before = await supervised.supervision.getStatus();
      await supervised.supervision.drain({ replica });
      return finish(supervised, endOfDrain(replica, before));
    });
  },
};

/** `portico rollback`: the release before, or the end of an update under way. */
export const rollback: Command = {
  usage: 'rollback GROUP|SERVICE [--directory .portico]',
  summary:
    'Takes a process group back to the release before; turns an update back that is under way.',
  run: (parameters) =>
    rolling(parameters, async ({ supervision }, group) => {
      await supervision.rollback({ group });
      return ['done', 'rolled-back'];
    }),
};

/** `portico update`: another release, judged by its callers. */
export const update: Command = {
  usage: 'update GROUP|SERVICE RELEASE_DIRECTORY [--directory .portico]',
  summary:
    'Rolls a process group over to a release (see build): refused when it breaks who calls it, taken back when it fails them.',
  run: (parameters) =>
    rolling(parameters, async ({ supervision }, group, positionals) => {
      const directory = resolve(required(positionals[1], 'the directory of the release'));
      const release = findRelease(directory)?.name ?? basename(directory);
      await supervision.update({ group, release, directory });
      return ['done'];
    }),
};

/** `portico apply`: another topology. */
export const apply: Command = {
  usage: 'apply TOPOLOGY [--dry-run] [--directory .portico]',
  summary:
    'Goes over to another topology step by step, without a failed call; shows the steps first.',
  async run(parameters) {
    const { positionals, directory, isDryRun } = parse(parameters);
    const topology = JSON.stringify(readTopology(required(positionals[0], 'the topology file')));
    return withSupervision(directory, (supervised) =>
      plan(supervised, isDryRun, (dryRun) => supervised.supervision.apply({ topology, dryRun })),
    );
  },
};

/** `portico move`: one service to another group. */
export const move: Command = {
  usage: 'move SERVICE GROUP [--dry-run] [--directory .portico]',
  summary: 'Moves a service to another process group, or to a new one, without a failed call.',
  async run(parameters) {
    const { positionals, directory, isDryRun } = parse(parameters);
    const service = required(positionals[0], 'the service');
    const group = required(positionals[1], 'the group');
    return withSupervision(directory, (supervised) =>
      plan(supervised, isDryRun, (dryRun) =>
        supervised.supervision.move({ service, group, dryRun }),
      ),
    );
  },
};

/** `portico stop`: the end of everything, in order. */
export const stop: Command = {
  usage: 'stop [--directory .portico]',
  summary: 'Drains a system in several processes, callers first, and ends it.',
  async run(parameters) {
    const { directory } = parse(parameters);
    return withSupervision(directory, async (supervised) => {
      await supervised.supervision.stop();
      const isGone = () => !isRunning(directory);
      return followChange(supervised, () => undefined, isGone);
    });
  },
};

function parse(parameters: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: {
      directory: { type: 'string', default: DIRECTORY },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  return { positionals, directory: values.directory, isDryRun: values['dry-run'] };
}

/** Orders a rolling change of a group and follows it. */
async function rolling(
  parameters: readonly string[],
  order: (
    supervised: Supervised,
    group: string,
    positionals: readonly string[],
  ) => Promise<readonly string[]>,
): Promise<number> {
  const { positionals, directory } = parse(parameters);
  const name = required(positionals[0], 'the group');
  return withSupervision(directory, async (supervised) => {
    const { groups } = await supervised.supervision.getStatus();
    const group =
      groups.find((one) => one.name === name) ??
      groups.find(({ services }) => services.includes(name));
    if (!group) {
      const names = groups.map((one) => one.name).join(', ');
      throw new UsageError(`there is no group or service "${name}"; the groups are ${names}`);
    }
    const others = group.services.filter((service) => service !== name);
    if (group.name !== name && others.length > 0)
      console.log(`${name} shares group ${group.name} with ${others.join(', ')}: they go along.`);
    const wanted = await order(supervised, group.name, positionals);
    return finish(supervised, endOfRolling(group.name, group.last?.at, wanted));
  });
}

/** Shows the steps of a plan, then takes them. */
async function plan(
  supervised: Supervised,
  isDryRun: boolean,
  order: (dryRun: boolean) => Promise<{ readonly steps: readonly string[] }>,
): Promise<number> {
  const before = await supervised.supervision.getStatus();
  const { steps } = await order(true);
  for (const step of steps) console.log(step);
  if (isDryRun || steps[0] === NOTHING) return 0;
  await order(false);
  return finish(supervised, endOfPlan(before));
}

/** What a plan without steps says. */
const NOTHING = 'Nothing changes.';

async function finish(supervised: Supervised, endOf: EndOfChange): Promise<number> {
  const code = await followChange(supervised, endOf);
  if (code === 0) console.log('Done.');
  return code;
}
