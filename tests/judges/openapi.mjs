// Judges OpenAPI documents with tools of others: `node openapi.mjs FILE…`. Spectral (its own rules and
// OWASP's) and Redocly may find no error, and the types that openapi-typescript makes must compile.
// Warnings are shown.
import { spawn } from 'node:child_process';
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

/** Rules of OWASP's that we do not meet, each with the reason. All others hold. */
const NOT_MET = {
  // Credentials of consumers work as HTTP Basic too, because SOAP toolkits can send nothing else.
  'owasp:api2:2023-no-http-basic': 'off',
  // Counts only `maxLength`; ids and times are bounded by their pattern or format.
  'owasp:api4:2023-string-limit': 'off',
  // Counts only `format`; ours say minimum and maximum.
  'owasp:api4:2023-integer-format': 'off',
  // To be met with the limits: until then a header would promise what nobody keeps.
  'owasp:api4:2023-rate-limit': 'off',
  // CORS is off unless a system turns it on.
  'owasp:api8:2023-define-cors-origin': 'off',
  // The server under test is on the loopback address.
  'owasp:api8:2023-no-server-http': 'off',
  'owasp:api9:2023-inventory-access': 'off',
};
/** Parts of our documents that rules are off for, each with the reason. */
const OVERRIDES = [
  {
    // What went wrong is told in full: lists and numbers of the platform's own answers have no limit.
    files: ['**#/components/schemas/Problem', '**#/components/headers/Retry-After'],
    rules: {
      'owasp:api4:2023-array-limit': 'off',
      'owasp:api4:2023-integer-limit': 'off',
    },
  },
];

const scratch = mkdtempSync(join(tmpdir(), 'judges-'));
// Neither tool may call home or look for a newer self while it judges.
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** Runs a tool of `node_modules/.bin`; says whether it was content. */
async function judge(tool, args) {
  const child = spawn(join(here, 'node_modules', '.bin', tool), args, { env, cwd: scratch });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const status = await new Promise((ended) => {
    child.on('error', (problem) => {
      said += String(problem);
      ended(1);
    });
    child.on('close', ended);
  });
  const content = status === 0;
  console.log(`${content ? 'pass' : 'FAIL'} ${tool} ${args.map((one) => basename(one)).join(' ')}`);
  if (said.trim() !== '') console.log(said.trim().replaceAll(/^/gm, '     '));
  return content;
}

// The rulesets are given whole: no configuration of a folder above may soften them.
const ruleset = join(scratch, 'spectral.json');
const owasp = join(here, 'node_modules/@stoplight/spectral-owasp-ruleset/dist/ruleset.js');
writeFileSync(
  ruleset,
  JSON.stringify({ extends: ['spectral:oas', owasp], rules: NOT_MET, overrides: OVERRIDES }),
);
const redocly = join(scratch, 'redocly.yaml');
writeFileSync(redocly, 'extends:\n  - recommended\n');

/** Types of every document, and whether the compiler takes them. */
async function judgeTypes() {
  const outputs = files.map((_file, index) => join(scratch, `types-${index}.ts`));
  const made = [];
  for (const [index, file] of files.entries()) {
    made.push(await judge('openapi-typescript', [file, '--output', outputs[index]]));
  }
  const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false'];
  return made.every(Boolean) && (await judge('tsc', [...strict, ...outputs]));
}

try {
  // Each tool starts in a second or two: all files at once, and two tools beside each other.
  const verdicts = await Promise.all([
    judge('spectral', ['lint', '--ruleset', ruleset, '--fail-severity', 'error', ...files]),
    judge('redocly', ['lint', '--config', redocly, ...files]),
    judgeTypes(),
  ]);
  process.exitCode = verdicts.every(Boolean) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true });
}
