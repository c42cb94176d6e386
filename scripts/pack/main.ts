// `npm run pack -- [--to DIRECTORY]`: every package as the tarball that a registry would hold.
import { parseArgs } from 'node:util';
import { packPackages } from './pack-packages.ts';

const { values } = parseArgs({ options: { to: { type: 'string', default: 'dist' } } });
for (const { name, version, sizeBytes, tarball } of packPackages(values.to)) {
  console.log(`${name} ${version}  ${(sizeBytes / 1024).toFixed(1)} KiB  ${tarball}`);
}
