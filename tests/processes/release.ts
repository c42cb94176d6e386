import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRelease } from '@portico/system';
import shop from '../../systems/shop/system.ts';
import { SHOP_MODULE, type SupervisedShop } from './kit.ts';

/** Builds a release of the shop beside its data. @returns what an update is told. */
export async function releaseShop({ directory }: Pick<SupervisedShop, 'directory'>) {
  const releases = join(dirname(directory), 'releases');
  mkdirSync(releases);
  // Where the release finds its packages; whoever installs it has them beside it.
  const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
  symlinkSync(packages, join(releases, 'node_modules'));
  const to = join(releases, 'next');
  const { name } = await buildRelease({ system: shop, module: SHOP_MODULE, to });
  return { release: name, directory: to };
}
