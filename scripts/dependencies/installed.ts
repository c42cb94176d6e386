import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLicence } from './licence.ts';

/** A package as npm installed it. */
export interface InstalledPackage {
  /** Its directory below the root that was asked for. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** As SPDX expression; empty when it states none. */
  readonly licence: string;
}

/** Every package below a `node_modules`, nested ones too; links (our own packages) are left out. */
export function listInstalled(modules: string): InstalledPackage[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    // `.bin`, `.package-lock.json`; links lead to our own packages.
    if (entry.name.startsWith('.') || !entry.isDirectory()) return [];
    const path = join(modules, entry.name);
    return entry.name.startsWith('@') ? listInstalled(path) : readPackage(path);
  });
}

function readPackage(path: string): InstalledPackage[] {
  const file = join(path, 'package.json');
  const nested = listInstalled(join(path, 'node_modules'));
  if (!existsSync(file)) return nested;
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const { name, version } = manifest;
  return [{ path, name, version, licence: readLicence(manifest) }, ...nested];
}
