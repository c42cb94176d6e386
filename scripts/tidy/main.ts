// Checks the structure of the repository: dependency directions, cycles, sizes, banned calls, names,
// docstrings, declared dependencies. Prints every place that breaks a rule and exits 1 if there is one.
// With `--write` it writes docs/packages.md anew.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createPackagesPage, PACKAGES_PAGE } from './graph.ts';
import { checkManifests, type Manifest } from './manifests.ts';
import { type Finding, rules } from './rules.ts';
import { parseSource } from './source.ts';

const listed = execFileSync(
  'git',
  [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    'packages',
    'systems',
    'scripts',
    'tests',
  ],
  { encoding: 'utf8' },
);
const files = listed
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.startsWith('tests/judges/'))
  .flatMap((path) => {
    try {
      return [parseSource(path, readFileSync(path, 'utf8'))];
    } catch (problem) {
      // Deleted in the work tree but still in the index.
      if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw problem;
    }
  });
const manifests = globSync('{packages,systems}/*/package.json')
  .toSorted()
  .map(
    (path): Manifest => ({
      directory: dirname(path),
      dependencies: {},
      ...JSON.parse(readFileSync(path, 'utf8')),
    }),
  );
const page = createPackagesPage(manifests);
if (process.argv.includes('--write')) writeFileSync(PACKAGES_PAGE, page);
const findings = [
  ...rules.flatMap((rule) => rule(files)),
  ...checkManifests(files, manifests),
  ...checkDocuments(),
];
for (const finding of findings) {
  console.error(`${finding.path}:${finding.line} ${finding.rule}: ${finding.message}`);
}
console.error(`tidy: ${files.length} files, ${findings.length} findings`);
process.exitCode = findings.length > 0 ? 1 : 0;

function checkDocuments(): Finding[] {
  const missing = manifests
    .filter((manifest) => !manifest.private)
    .map(({ directory }) => `${directory}/README.md`)
    .filter((path) => !existsSync(path))
    .map((path) => ({ rule: 'documents', path, line: 1, message: 'there is no README' }));
  if (existsSync(PACKAGES_PAGE) && readFileSync(PACKAGES_PAGE, 'utf8') === page) return missing;
  const message = 'is out of date; "node scripts/tidy/main.ts --write" writes it';
  return [...missing, { rule: 'documents', path: PACKAGES_PAGE, line: 1, message }];
}
