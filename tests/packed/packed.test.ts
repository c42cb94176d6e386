// The packages as users get them: packed, installed into an empty project, type-checked and run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type PackedPackage, packPackages } from '../../scripts/pack/pack-packages.ts';
import { type Isolation, isolate } from './isolate.ts';

const isWanted =
  process.env.PORTICO_REQUIRE_SERVICES === '1' || process.env.PORTICO_TEST_PACKED === '1';
const skip = isWanted
  ? false
  : 'installs from the registry for most of a minute; PORTICO_TEST_PACKED=1 runs it';
const here = import.meta.dirname;
const tsc = resolve(here, '../../node_modules/typescript/bin/tsc');

describe('packed packages', { skip }, () => {
  const work = mkdtempSync(join(tmpdir(), 'portico-packed-'));
  const project = join(work, 'project');
  const installed = join(project, 'node_modules');
  let packages: PackedPackage[] = [];
  let isolation: Isolation;

  before(async () => {
    packages = packPackages(join(work, 'tarballs'));
    cpSync(join(here, 'project'), project, { recursive: true });
    addDependencies(join(project, 'package.json'), packages);
    const install = await run('npm', ['install', ...quietly], project);
    assert.equal(install.code, 0, install.output);
    isolation = isolate(packages, { installed, directory: join(work, 'isolated') });
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  it('hold JavaScript, declarations, a README and the licence; no sources, no tests', async () => {
    for (const { tarball } of packages) {
      const { output } = await run('tar', ['-tzf', tarball], work);
      const files = output.trim().split('\n');
      for (const name of ['package.json', 'README.md', 'LICENSE']) {
        assert.ok(files.includes(`package/${name}`), `${name} is not in ${tarball}`);
      }
      const strangers = files.filter(
        (name) =>
          !/^package\/(package\.json|README\.md|LICENSE|dist\/[a-z0-9/.-]+\.(js|d\.ts))$/.test(
            name,
          ) || /\.test\.|\.test-d\.|fixture/.test(name),
      );
      assert.deepEqual(strangers, [], tarball);
    }
  });

  it('type-check in the project of a strict user, their own declarations included', async () => {
    const { code, output } = await run(process.execPath, [tsc, '-p', project], project);
    assert.equal(code, 0, output);
  });

  it('run: one service, called over REST and SOAP', async () => {
    const { code, output } = await run(process.execPath, ['use.ts'], project);
    assert.equal(code, 0, output);
    const seen = JSON.parse(output);
    assert.deepEqual(seen.greeted, { status: 200, body: { text: 'Hello, Ada!', times: 1 } });
    assert.equal(seen.unknown.status, 404);
    assert.equal(seen.unknown.body.type, 'urn:portico:problem:greeter:NeverGreeted');
    assert.equal(seen.soap.status, 200, seen.soap.body);
    assert.match(seen.soap.body, /<text>Hello, Ada!<\/text>\s*<times>2<\/times>/);
    assert.equal(seen.openapi, 200);
  });

  it('bring the command: help, a baseline, and a check against it', async () => {
    const portico = (...parameters: string[]) => run('npx', ['portico', ...parameters], project);
    const help = await portico('--help');
    assert.equal(help.code, 0, help.output);
    assert.match(help.output, /portico check SYSTEM/);
    const contract = await portico('contract', 'system.ts', '--to', 'baseline');
    assert.equal(contract.code, 0, contract.output);
    const check = await portico('check', 'system.ts', '--baseline', 'baseline');
    assert.equal(check.code, 0, check.output);
    assert.match(check.output, /greeter 1\.0\.0 → 1\.0\.0: 0 changes, 0 breaking/);
  });

  it('import with the dependencies they declare and no others', async () => {
    for (const { name, doors } of packages) {
      const home = isolation.createUser(`only-${name.replace('@portico/', '')}`, [name]);
      for (const door of doors) {
        const program = `await import(${JSON.stringify(door)})`;
        const { code, output } = await run(process.execPath, ['-e', program], home);
        assert.equal(code, 0, `${door}\n${output}`);
      }
    }
  });

  it('serve alone: a contract without anything else', async () => {
    const names = ['@portico/contract', 'zod'];
    assert.equal(await runAlone('contract.ts', names), 'breaking\n');
  });

  it('serve alone: the SOAP binding behind an exchange written by hand', async () => {
    const names = ['@portico/contract', '@portico/binding-soap', 'zod'];
    assert.match(await runAlone('binding-soap.ts', names), /<text>alone<\/text>/);
  });

  async function runAlone(program: string, names: readonly string[]): Promise<string> {
    const home = isolation.createUser(`alone-${program}`, names);
    cpSync(join(here, 'alone', program), join(home, program));
    const { code, output } = await run(process.execPath, [program], home);
    assert.equal(code, 0, output);
    return output;
  }
});

const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];

function addDependencies(path: string, packages: readonly PackedPackage[]): void {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const { name, tarball } of packages) manifest.dependencies[name] = `file:${tarball}`;
  writeFileSync(path, JSON.stringify(manifest));
}

interface Ended {
  readonly code: number | null;
  /** What it wrote to standard output; after a failure its complaints too. */
  readonly output: string;
}

/** A command that hangs is ended after this; the slowest, an install without a cache, takes 40 s. */
const COMMAND_TIMEOUT_MS = 120_000;

function run(command: string, parameters: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
    });
    let output = '';
    let complaints = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, output: code === 0 ? output : `${output}${complaints}` }),
    );
  });
}
