import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { entryPoints, type SourceManifest, toPublishedManifest } from './manifest.ts';

/** One package as users get it. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly sizeBytes: number;
  /** What `import` may name: `@portico/service`, `@portico/service/spi`. */
  readonly doors: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly tarball: string;
}

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Builds every package to plain ES modules with declarations, and makes tarballs of them.
 *
 * @param directory - Gets the tarballs; made if missing.
 * @throws {Error} when the compiler or npm fails, or a package has no README.
 */
export function packPackages(directory: string): PackedPackage[] {
  const to = resolve(directory);
  mkdirSync(to, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'portico-pack-'));
  try {
    const packages = readdirSync(join(ROOT, 'packages')).map((name) => ({
      name,
      manifest: readManifest(name),
    }));
    compile(packages, work);
    for (const { name, manifest } of packages) stage(name, manifest, work);
    const staged = packages.map(({ name }) => join(work, 'staged', name));
    const output = run(npm, ['pack', ...staged, '--json', '--pack-destination', to], work);
    return (JSON.parse(output) as NpmPacked[]).map((packed) => {
      const { manifest } = packages.find(({ manifest }) => manifest.name === packed.name) ?? {};
      return {
        name: packed.name,
        version: packed.version,
        sizeBytes: packed.size,
        doors: Object.keys(manifest?.exports ?? {}).map((door) => packed.name + door.slice(1)),
        dependencies: manifest?.dependencies ?? {},
        tarball: join(to, packed.filename),
      };
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The part of `npm pack --json` that is used here. */
interface NpmPacked {
  readonly name: string;
  readonly version: string;
  readonly size: number;
  readonly filename: string;
}

interface Source {
  readonly name: string;
  readonly manifest: SourceManifest;
}

function readManifest(name: string): SourceManifest {
  return JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'));
}

/**
 * One run of the compiler over all packages. Only the doors are named, so tests and fixtures stay
 * outside by themselves: nothing that users can reach imports them.
 */
function compile(packages: readonly Source[], work: string): void {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rootDir: join(ROOT, 'packages'),
      outDir: join(work, 'built'),
      typeRoots: [join(ROOT, 'node_modules/@types')],
      // What the compiler meets below node_modules first, it does not emit.
      paths: Object.fromEntries(packages.flatMap(toPaths)),
    },
    include: [],
    files: packages.flatMap(({ name, manifest }) =>
      entryPoints(manifest).map((entry) => join(ROOT, 'packages', name, entry)),
    ),
  };
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config));
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', work], ROOT);
}

/** Where the doors of a package are in the source: `@portico/store/spi` → `…/store/src/spi.ts`. */
function toPaths({ name, manifest }: Source): [string, string[]][] {
  return Object.entries(manifest.exports ?? {}).map(([door, entry]) => [
    manifest.name + door.slice(1),
    [join(ROOT, 'packages', name, entry)],
  ]);
}

/** Lays one package out as it is published. */
function stage(name: string, manifest: SourceManifest, work: string): void {
  const from = join(ROOT, 'packages', name);
  const to = join(work, 'staged', name);
  const readme = join(from, 'README.md');
  if (!existsSync(readme)) throw new Error(`packages/${name} has no README.md`);
  cpSync(join(work, 'built', name, 'src'), join(to, 'dist'), { recursive: true });
  copyFileSync(readme, join(to, 'README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(to, 'LICENSE'));
  const published = JSON.stringify(toPublishedManifest(manifest), null, 2);
  writeFileSync(join(to, 'package.json'), `${published}\n`);
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** @throws {Error} with everything the command said. */
function run(command: string, parameters: readonly string[], cwd: string): string {
  const shell = process.platform === 'win32' && command === npm;
  const result = spawnSync(command, parameters, { cwd, encoding: 'utf8', shell });
  if (result.status === 0) return result.stdout;
  const said = result.error?.message ?? `${result.stdout}${result.stderr}`;
  throw new Error(`${command} ${parameters[0]} failed:\n${said}`);
}
