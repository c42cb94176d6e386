#!/usr/bin/env node
import { inspect } from 'node:util';
import { type Command, UsageError } from './command.ts';

/** Loaded when asked for: a command for operators needs nothing of what starts a system. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  stop: async () => (await import('./process-commands.ts')).stop,
  processes: async () => (await import('./processes.ts')).processes,
  scale: async () => (await import('./process-commands.ts')).scale,
  restart: async () => (await import('./process-commands.ts')).restart,
  drain: async () => (await import('./process-commands.ts')).drain,
  update: async () => (await import('./process-commands.ts')).update,
  rollback: async () => (await import('./process-commands.ts')).rollback,
  move: async () => (await import('./process-commands.ts')).move,
  apply: async () => (await import('./process-commands.ts')).apply,
  authority: async () => (await import('./authority.ts')).authority,
  build: async () => (await import('./build.ts')).build,
  contract: async () => (await import('./contract.ts')).contract,
  check: async () => (await import('./check.ts')).check,
  keys: async () => (await import('./keys.ts')).keys,
  sagas: async () => (await import('./operator-commands.ts')).sagas,
  'dead-letters': async () => (await import('./operator-commands.ts')).deadLetters,
  deliveries: async () => (await import('./deliveries.ts')).deliveries,
  status: async () => (await import('./operator-commands.ts')).status,
};

async function help(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const rows = all.map(({ usage, summary }) => `  portico ${usage}\n      ${summary}`);
  return `Usage:\n${rows.join('\n')}\n${ON_THIS_MACHINE}`;
}

/** Where a system has several machines, each has a supervisor of its own. */
const ON_THIS_MACHINE =
  'What is about processes (processes, scale, restart, drain, update, rollback, move, apply, stop) is about those ' +
  'of this machine; status, sagas, dead-letters and deliveries are about all machines.';

const [name = '', ...parameters] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (name === '--help') {
  console.log(await help());
} else if (!load) {
  console.error(name === '' ? await help() : `Unknown command "${name}".\n${await help()}`);
  process.exitCode = 2;
} else {
  const command = await load();
  try {
    process.exitCode = await command.run(parameters);
  } catch (problem) {
    const isUsage = problem instanceof UsageError || isArgumentError(problem);
    console.error(toMessage(problem));
    if (isUsage) console.error(`Usage: portico ${command.usage}`);
    else if (process.env.PORTICO_DEBUG) console.error(problem);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** Never nothing: some errors have no message, and not everything that is thrown is an error. */
function toMessage(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : '';
  return message === '' ? `portico ${name}: ${inspect(problem)}` : message;
}

function isArgumentError(problem: unknown): boolean {
  return (problem as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
}
