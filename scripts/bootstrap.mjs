// Makes a fresh clone ready, then hands over to the command. Runs on Node 20 and newer with
// nothing installed, so it uses Node's own modules only.
//
//   node scripts/bootstrap.mjs start|test|ok|bench|portico|shop [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const state = join(root, '.portico');
const commands = {
  start: ['systems/shop/start.ts'],
  test: ['scripts/test.ts'],
  ok: ['scripts/test.ts', '--all'],
  bench: ['bench/main.ts'],
  'test:simulation': ['tests/simulation/main.ts'],
  'test:faults': ['tests/faults/main.ts'],
  pack: ['scripts/pack/main.ts'],
  portico: ['packages/cli/src/main.ts'],
  shop: ['systems/shop/shop.ts'],
};

const [command = '', ...rest] = process.argv.slice(2);
const target = commands[command];
if (!target) {
  console.error(`Unknown command "${command}". Use one of: ${Object.keys(commands).join(', ')}.`);
  process.exit(2);
}

installDependencies();
const node = findNode();
const child = spawn(node, [...target, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: {
    // Types are stripped and modules compiled once, not by each process: a start takes two thirds of the
    // time, and 25 MB less without the compiler. Files that changed are compiled again.
    NODE_COMPILE_CACHE: join(state, 'cache'),
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
  },
});
// A terminal sends Ctrl-C to the whole foreground group, the command included. Passed on once more, it
// would count as the impatient second one that ends a process without draining.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (problem) => fail(`${node} could not be started: ${problem.message}`));
// As shells say it: 128 and the number of the signal.
child.on('exit', (code, signal) =>
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)),
);

/** Installs what the lock file names, once per lock file. */
function installDependencies() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(state, 'installed');
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (installed === wanted && existsSync(join(root, 'node_modules'))) return;
  say('Installing dependencies (npm ci; needed once) …');
  npm(['ci'], root);
  mkdirSync(state, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** This Node when it is new enough, else Node 24 from npm's package for the platform. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const directory = join(state, 'node');
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(directory, 'node_modules', name, 'bin', binary);
  if (!existsSync(path)) {
    say(
      `Node ${process.versions.node} is older than ${NODE_MAJOR}: fetching ${name}@${NODE_MAJOR} from npm …`,
    );
    mkdirSync(directory, { recursive: true });
    // A manifest of its own, or npm would install into the workspace above.
    writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
    npm(['install', `${name}@${NODE_MAJOR}`], directory);
  }
  if (!existsSync(path)) {
    fail(
      `Node ${NODE_MAJOR} or newer is needed, and npm has no package ${name} with one. Install Node ${NODE_MAJOR}, then try again.`,
    );
  }
  return path;
}

/** No scripts of packages run. Without a network npm gives up after 12 s instead of 70. */
function npm([command, ...rest], cwd) {
  const options = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=4',
    '--fetch-retry-factor=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  const result = spawnSync(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    [command, ...options, ...rest],
    {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (result.error)
    fail(`npm could not be started: ${result.error.message}. Install npm, then try again.`);
  if (result.signal) process.exit(128 + constants.signals[result.signal]);
  if (result.status !== 0)
    fail(
      `npm ${command} failed (exit ${result.status}); its message is above. It needs the npm registry once: if that could not be reached, check the network, a proxy (npm config get proxy) and the address (npm config get registry), then run the same command again.`,
    );
}

function say(text) {
  console.error(`portico: ${text}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
