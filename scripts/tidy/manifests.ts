import type { Finding } from './rules.ts';
import { isTest } from './rules.ts';
import type { SourceFile } from './source.ts';

/** A package.json of ours, as far as the checks look at it. */
export interface Manifest {
  /** `packages/store`, from the repository's root. */
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** Never published: its tests may use what it depends on. */
  readonly private?: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A package declares what its code imports, types included, and nothing else. */
export function checkManifests(
  files: readonly SourceFile[],
  manifests: readonly Manifest[],
): Finding[] {
  const versions = new Map(manifests.map(({ name, version }) => [name, version]));
  return manifests.flatMap((manifest) => {
    const path = `${manifest.directory}/package.json`;
    const add = (message: string) => ({ rule: 'manifests', path, line: 1, message });
    const own = files.filter((file) => file.path.startsWith(`${manifest.directory}/`));
    const needed = collectImports(own.filter((file) => !isTest(file.path)));
    const used = manifest.private ? collectImports(own) : needed;
    const declared = Object.entries(manifest.dependencies);
    return [
      ...[...needed]
        .filter(([name]) => name !== manifest.name && !manifest.dependencies[name])
        .map(([name, user]) => add(`"${name}" is imported by ${user}, but no dependency`)),
      ...declared
        .filter(([name]) => !used.has(name))
        .map(([name]) => add(`dependency "${name}" is imported nowhere`)),
      ...declared
        .filter(([name, range]) => versions.has(name) && versions.get(name) !== range)
        .map(([name, range]) => add(`asks for ${name} ${range}, which is ${versions.get(name)}`)),
    ];
  });
}

/** Package → a file that imports it, or asks where it lies (`import.meta.resolve`). */
function collectImports(files: readonly SourceFile[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    const resolved = [...file.text.matchAll(/import\.meta\.resolve\('([^']+)'/g)];
    for (const specifier of [
      ...file.imports.map((edge) => edge.specifier),
      ...resolved.map(([, specifier]) => specifier ?? ''),
    ]) {
      const name = /^(?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9._-]*/.exec(specifier)?.[0];
      if (name && !specifier.startsWith('node:')) found.set(name, file.path);
    }
  }
  return found;
}
