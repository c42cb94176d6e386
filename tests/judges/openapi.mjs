// Judges OpenAPI documents with tools of others: `node openapi.mjs FILE…`. Spectral and Redocly may
// find no error, and the types that openapi-typescript makes must compile. Warnings are shown.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const files = process.argv.slice(2).map((file) => resolve(file));
if (files.length === 0) {
  console.error('Name at least one document: node openapi.mjs openapi.json');
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'judges-'));
// Neither tool may call home or look for a newer self while it judges.
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** Runs a tool of `node_modules/.bin`; says whether it was content. */
function judge(tool, args) {
  const command = join(here, 'node_modules', '.bin', tool);
  const run = spawnSync(command, args, { encoding: 'utf8', env, cwd: scratch });
  const content = run.status === 0;
  const said = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error ?? ''}`.trim();
  console.log(`${content ? 'pass' : 'FAIL'} ${tool} ${args.map((one) => basename(one)).join(' ')}`);
  if (said !== '') console.log(said.replaceAll(/^/gm, '     '));
  return content;
}

const ruleset = join(scratch, 'spectral.json');
writeFileSync(ruleset, JSON.stringify({ extends: ['spectral:oas'] }));
// The rulesets are given whole: no configuration of a folder above may soften them.
const redocly = join(scratch, 'redocly.yaml');
writeFileSync(redocly, 'extends:\n  - recommended\n');

let content = true;
try {
  for (const [index, file] of files.entries()) {
    const types = join(scratch, `types-${index}.ts`);
    const verdicts = [
      judge('spectral', ['lint', '--ruleset', ruleset, '--fail-severity', 'error', file]),
      judge('redocly', ['lint', '--config', redocly, file]),
      judge('openapi-typescript', [file, '--output', types]),
      judge('tsc', ['--noEmit', '--strict', '--skipLibCheck', 'false', types]),
    ];
    content &&= verdicts.every(Boolean);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
process.exit(content ? 0 : 1);
