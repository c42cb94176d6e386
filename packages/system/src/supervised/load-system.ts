import { pathToFileURL } from 'node:url';
import type { System } from '../system.ts';

/** Loads the system that a module exports by default. @throws {Error} naming a module that has none. */
export async function importSystem(path: string): Promise<System> {
  const { default: found } = (await import(pathToFileURL(path).href)) as { default?: System };
  if (found?.kind === 'system') return found;
  throw new Error(`${path} exports no system: end it with "export default system({ … })".`);
}
