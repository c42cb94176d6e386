import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeCrashReport } from './crash-report.ts';
import { lastLines } from './last-lines.ts';

function createDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'logs-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('the last lines of a long file are read from its end', (t) => {
  const path = join(createDirectory(t), 'long.log');
  assert.deepEqual(lastLines(path, 3), []);
  appendFileSync(path, Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`).join(''));
  assert.deepEqual(lastLines(path, 2), ['line 49998', 'line 49999']);
});

test('a crash report holds how it ended and its last words; a hundred are kept', (t) => {
  const directory = createDirectory(t);
  const sources = { log: join(directory, 'a.log'), output: join(directory, 'a.err') };
  appendFileSync(sources.output, 'Error: boom\n    at cart.ts:1\n');
  const crashes = join(directory, 'crashes');
  for (let second = 0; second < 102; second++) {
    const at = new Date(1_800_000_000_000 + second * 1_000).toISOString();
    const exit = { code: 70, signal: null };
    const crash = { replica: 'cart-0', group: 'cart', release: 'r1', at, exit, uptimeMs: 5 };
    writeCrashReport(crashes, crash, sources);
  }
  const names = readdirSync(crashes).toSorted();
  assert.equal(names.length, 100);
  const report = JSON.parse(readFileSync(join(crashes, names.at(-1) ?? ''), 'utf8'));
  assert.deepEqual(report.output, ['Error: boom', '    at cart.ts:1']);
  assert.equal(report.exit.code, 70);
  assert.match(report.at, /T08:01:41/);
});
