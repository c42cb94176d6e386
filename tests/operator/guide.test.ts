import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { extractCommands } from '../../scripts/snippets/commands.ts';
import { until } from './demo.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Stands in the place of npm: runs what `npm run NAME -- …` runs, on the ports of the test. The guide's
 * own lines stay as they are.
 */
const NPM = `npm() {
  [ "$1 $2 $4" = 'run --silent --' ] || { echo "unexpected: npm $*" >&2; return 9; }
  local name=$3; shift 4
  case "$name $1" in
    'portico keys') node packages/cli/src/main.ts "$@" ;;
    portico*) node packages/cli/src/main.ts "$@" --admin "$ADMIN" ;;
    # Takes the place of its shell, so that it can be ended with it.
    'shop fault') if [ "$2" = on ]; then exec node systems/shop/shop.ts "$@" --admin "$ADMIN" --psp "$PSP"; fi
      node systems/shop/shop.ts "$@" --admin "$ADMIN" --psp "$PSP" ;;
    *) echo "unexpected: $name $*" >&2; return 9 ;;
  esac
}
trap 'kill $!' EXIT
`;

describe('the guide to poison messages', () => {
  // Where a reader stands: the project's folder, with a .portico of its own.
  const place = mkdtempSync(join(tmpdir(), 'portico-guide-'));
  const env = { ...process.env, ADMIN: '', PSP: '', API: '' };
  let shop: ChildProcess;
  let said = '';
  before(async () => {
    for (const name of ['packages', 'systems', 'node_modules', 'package.json']) {
      symlinkSync(join(ROOT, name), join(place, name));
    }
    const [api, admin, psp] = await freePorts(3);
    const monolith = join(ROOT, 'systems/shop/topologies/monolith.json');
    const topology = JSON.parse(readFileSync(monolith, 'utf8'));
    topology.gateway = { public: `127.0.0.1:${api}`, admin: `127.0.0.1:${admin}` };
    writeFileSync(join(place, 'topology.json'), JSON.stringify(topology));
    Object.assign(env, {
      ADMIN: `http://127.0.0.1:${admin}`,
      PSP: `http://127.0.0.1:${psp}`,
      API: `http://127.0.0.1:${api}`,
    });
    const parameters = ['--topology', './topology.json', '--sandbox-port', String(psp)];
    shop = spawn(process.execPath, ['systems/shop/start.ts', ...parameters], { cwd: place });
    for (const stream of [shop.stdout, shop.stderr]) {
      stream?.on('data', (text: Buffer) => {
        said += text;
      });
    }
    await until(() => said.includes('The shop is open') || shop.exitCode !== null);
    assert.equal(shop.exitCode, null, said);
  });
  after(async () => {
    const ended = shop.exitCode === null ? once(shop, 'exit') : undefined;
    shop.kill('SIGTERM');
    await ended;
    rmSync(place, { recursive: true, force: true });
  });

  it('leads from the alarm to a status without one, word by word', async () => {
    const markdown = readFileSync(join(ROOT, 'docs/poison-messages.md'), 'utf8');
    const blocks = extractCommands(markdown);
    assert.equal(blocks.length, 9);
    const script = blocks
      .map((block, index) => `echo; echo '#${index}'\n${block}`)
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', env.API);
    const shell = spawn('bash', ['-c', `set -e\n${NPM}${script}`], {
      cwd: place,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    shell.stdout.on('data', (text: Buffer) => {
      output += text;
    });
    shell.stderr.on('data', (text: Buffer) => {
      errors += text;
    });
    const [code] = await once(shell, 'close');
    const [, , , status, log, lists, detail, , redriven] = output.split(/^#\d\n/m);
    assert.equal(code, 0, `${errors}\n${output}`);
    assert.match(status ?? '', /dead letters: 1\. portico dead-letters list --service/);
    assert.match(log ?? '', /"letter":"[0-9a-f-]{36}"/);
    assert.match(lists ?? '', /"release": "1\.0\.0"/);
    assert.match(detail ?? '', /"stack": ".*events\.poison is on/);
    assert.match(redriven ?? '', /Done\./);
    assert.match(output, /"alarms": \[\]/);
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}
