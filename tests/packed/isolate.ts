import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackedPackage } from '../../scripts/pack/pack-packages.ts';

/** Installed packages, laid out anew. */
export interface Isolation {
  /** A directory whose programs can import `names`, and nothing else. */
  createUser(user: string, names: readonly string[]): string;
}

/**
 * Lays packages out so that each sees only the dependencies it declares: npm hoists them into one
 * directory, where a forgotten dependency is found all the same.
 *
 * @param installed - A `node_modules` that npm filled.
 * @param directory - Empty; gets the layout.
 */
export function isolate(
  packages: readonly PackedPackage[],
  { installed, directory }: { readonly installed: string; readonly directory: string },
): Isolation {
  const ours = new Map(packages.map((each) => [each.name, each]));
  const homeOf = (name: string) => join(directory, 'packages', name, 'node_modules');
  const placeOf = (name: string) => join(ours.has(name) ? homeOf(name) : installed, name);
  const link = (name: string, modules: string) => {
    const path = join(modules, name);
    if (!existsSync(placeOf(name))) throw new Error(`${name} is not installed`);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(placeOf(name), path, 'junction');
  };
  for (const name of ours.keys()) cpSync(join(installed, name), placeOf(name), { recursive: true });
  for (const { name, dependencies } of packages) {
    for (const dependency of Object.keys(dependencies)) link(dependency, homeOf(name));
  }
  return {
    createUser(user, names) {
      const home = join(directory, 'users', user);
      mkdirSync(home, { recursive: true });
      for (const name of names) link(name, join(home, 'node_modules'));
      return home;
    },
  };
}
