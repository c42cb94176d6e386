// Checks the structure of the repository: dependency directions, cycles, sizes, banned calls, names,
// docstrings. Prints every place that breaks a rule and exits 1 if there is one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rules } from './rules.ts';
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
const findings = rules.flatMap((rule) => rule(files));
for (const finding of findings) {
  console.error(`${finding.path}:${finding.line} ${finding.rule}: ${finding.message}`);
}
console.error(`tidy: ${files.length} files, ${findings.length} findings`);
process.exitCode = findings.length > 0 ? 1 : 0;
