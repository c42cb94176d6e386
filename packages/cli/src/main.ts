#!/usr/bin/env node
import { check } from './check.ts';
import { type Command, UsageError } from './command.ts';
import { contract } from './contract.ts';
import { keys } from './keys.ts';
import { deadLetters, sagas, status } from './operator-commands.ts';
import { start } from './start.ts';

const commands: Readonly<Record<string, Command>> = {
  start,
  contract,
  check,
  keys,
  sagas,
  'dead-letters': deadLetters,
  status,
};

function help(): string {
  const rows = Object.values(commands).map(
    ({ usage, summary }) => `  portico ${usage}\n      ${summary}`,
  );
  return `Usage:\n${rows.join('\n')}`;
}

const [name = '', ...parameters] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (name === '--help') {
  console.log(help());
} else if (!command) {
  console.error(name === '' ? help() : `Unknown command "${name}".\n${help()}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await command.run(parameters);
  } catch (problem) {
    const isUsage = problem instanceof UsageError || isArgumentError(problem);
    console.error((problem as Error).message);
    if (isUsage) console.error(`Usage: portico ${command.usage}`);
    else if (process.env.PORTICO_DEBUG) console.error(problem);
    process.exitCode = isUsage ? 2 : 1;
  }
}

function isArgumentError(problem: unknown): boolean {
  return (problem as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
}
