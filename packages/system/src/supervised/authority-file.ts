import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createKeyPair, type KeyPair } from '@portico/wire';

/**
 * The keys of an installation's authority, made when there are none: whoever can read this file belongs
 * to the installation. It outlives supervisors, because what they have started does too.
 */
export function readAuthorityKeys(directory: string): KeyPair {
  const path = authorityFile(directory);
  if (!existsSync(path)) writeNew(path, JSON.stringify(createKeyPair()));
  return JSON.parse(readFileSync(path, 'utf8')) as KeyPair;
}

function authorityFile(directory: string): string {
  return join(directory, 'authority.json');
}

/** Never over one that another process has made in the meantime. */
function writeNew(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, text);
    closeSync(file);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') throw problem;
  }
}
