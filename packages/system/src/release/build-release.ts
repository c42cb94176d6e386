import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { toContractJson } from '@portico/contract';
import { readReleaseFacts } from '../supervised/release-facts.ts';
import type { System } from '../system.ts';
import { collectModules, toJavaScriptName, withJavaScriptNames } from './module-graph.ts';
import { RELEASE_FILE, type ReleaseFile } from './release-file.ts';

/** What is built, and where. */
export interface ReleaseRequest {
  readonly system: System;
  /** The module that exports it; what it imports must be in its directory, or in packages. */
  readonly module: string;
  /** Made; what is there already is left alone. */
  readonly to: string;
}

/** Enough to tell contents apart, short enough to be read out. */
const DIGEST_LENGTH = 8;
const READ_ONLY = 0o444;
/** Found by their package, or made by runs and checks: nothing that a replica loads. */
const SKIPPED = new Set(['node_modules', 'baseline', 'test']);

/**
 * Builds a release: the system's modules as plain JavaScript (types stripped by Node itself, line for
 * line), the other files beside them, its contracts as data, and a link to the packages that it was built
 * with. Nothing in it is written again. It is loaded once before it counts.
 *
 * @returns what the release says of itself.
 * @throws {Error} when the directory is in use, or what was built can't be loaded.
 */
export async function buildRelease({ system, module, to }: ReleaseRequest): Promise<ReleaseFile> {
  const from = dirname(resolve(module));
  const target = resolve(to);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new Error(`${to} is not empty: a release is never built over another one.`);
  const files = new Map<string, string | Uint8Array>();
  for (const path of collectModules(resolve(module))) {
    const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
    files.set(toJavaScriptName(relative(from, path)), withJavaScriptNames(code));
  }
  for (const path of otherFiles(from, target)) files.set(relative(from, path), readFileSync(path));
  for (const api of system.apis) {
    const text = `${JSON.stringify(toContractJson(api), null, 2)}\n`;
    files.set(join('contracts', `${api.name}.contract.json`), text);
  }
  const release: ReleaseFile = {
    name: `${system.version ?? '0.0.0'}-${digestOf(files)}`,
    system: system.name,
    module: toJavaScriptName(basename(module)),
  };
  files.set(RELEASE_FILE, `${JSON.stringify(release, null, 2)}\n`);
  if (!files.has('package.json')) files.set('package.json', '{ "type": "module" }\n');
  for (const [name, content] of files) write(join(target, name), content);
  symlinkSync(packagesOf(module), join(target, 'node_modules'), 'junction');
  await readReleaseFacts(join(target, release.module));
  return release;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, READ_ONLY);
}

/** What modules may read beside them: templates, data, `package.json`. */
function otherFiles(directory: string, target: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    if (path === target) return [];
    if (entry.isDirectory()) return otherFiles(path, target);
    return entry.isFile() && !/\.[cm]?ts$/.test(entry.name) ? [path] : [];
  });
}

/** The `node_modules` in which the system finds Portico. */
function packagesOf(module: string): string {
  const paths = createRequire(resolve(module)).resolve.paths('@portico/contract') ?? [];
  const found = paths.find((path) => existsSync(join(path, '@portico', 'contract')));
  if (found) return found;
  throw new Error(`${module} has no packages: install them before a release is built.`);
}

function digestOf(files: ReadonlyMap<string, string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const name of [...files.keys()].toSorted()) {
    hash.update(`${name.split(sep).join('/')}\0`).update(files.get(name) ?? '');
  }
  return hash.digest('hex').slice(0, DIGEST_LENGTH);
}
