import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

/** A relative path to a module, as `import`, `import()`, `import.meta.resolve` and workers name it. */
const RELATIVE = /(['"])(\.\.?\/[^'"\n]*)\.ts\1/g;
/** `new URL('worker.ts', import.meta.url)` needs no dot. */
const BESIDE = /(new URL\(\s*)(['"])([^'":\n]+)\.ts\2/g;

/**
 * A module and all that it names by relative paths, types apart.
 *
 * @throws {Error} naming a module outside of the first one's directory, which a release would not hold.
 */
export function collectModules(entry: string): readonly string[] {
  const root = dirname(entry);
  const found = new Set([entry]);
  for (const path of found) {
    const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
    for (const name of namesIn(code)) {
      const named = resolve(dirname(path), name);
      if (!existsSync(named)) continue;
      if (relative(root, named).startsWith('..')) {
        throw new Error(
          `${relative(root, path)} imports ${name}, which is outside of ${root}: move it in, or into a package.`,
        );
      }
      found.add(named);
    }
  }
  return [...found];
}

/** What a module is called when its types are gone. */
export function toJavaScriptName(path: string): string {
  return path.replace(/\.ts$/, '.js');
}

/** The same code, naming modules as they are called in a release. */
export function withJavaScriptNames(code: string): string {
  return code.replace(RELATIVE, '$1$2.js$1').replace(BESIDE, '$1$2$3.js$2');
}

function namesIn(code: string): readonly string[] {
  const relative = [...code.matchAll(RELATIVE)].map(([, , name]) => `${name}.ts`);
  const beside = [...code.matchAll(BESIDE)].map(([, , , name]) => `${name}.ts`);
  return [...relative, ...beside];
}
