import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { System } from '@portico/system';
import { UsageError } from './command.ts';

/**
 * Loads the module that exports a system by default.
 * @throws {UsageError} when the file is missing or exports something else.
 */
export async function loadSystem(file: string | undefined): Promise<System> {
  if (!file)
    throw new UsageError('name the file that exports the system, such as systems/shop/system.ts');
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (problem) {
    const { code, message } = problem as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && !existsSync(file))
      throw new UsageError(
        `there is no file ${file}; name the one that exports the system, such as systems/shop/system.ts`,
      );
    if (code === 'ERR_MODULE_NOT_FOUND') throw new UsageError(message);
    throw problem;
  }
  const found = module.default;
  if (!isSystem(found)) throw new UsageError(`${file} does not export a system by default`);
  return found;
}

function isSystem(value: unknown): value is System {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'system';
}
