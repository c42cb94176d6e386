import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const directory = mkdtempSync(join(tmpdir(), 'portico-log-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a program that logs, and reads what it left. */
function logged(options: string, ending: string): { lines: string[]; output: string } {
  const log = JSON.stringify(new URL('log.ts', import.meta.url).href);
  const program = `
    import { createLog } from ${log};
    const log = createLog(${options});
    for (let index = 0; index < 1000; index++) log.info({ index }, 'line');
    ${ending}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { output: stdout, lines: stdout.split('\n').slice(0, -1) };
}

/** Sorted: the last batch may be written before the one that is on its way when the process ends. */
function indexesOf(lines: readonly string[]): number[] {
  const entries = lines.map((line) => JSON.parse(line) as { readonly index: number });
  return entries.map(({ index }) => index).sort((a, b) => a - b);
}

const expected = Array.from({ length: 1000 }, (_, index) => index);

describe('a log', () => {
  for (const [how, ending] of [
    ['ends', ''],
    ['exits', 'process.exit(0);'],
    ['fails', 'setImmediate(() => { throw new Error("unexpected"); });'],
  ] as const) {
    it(`holds every line of a process that ${how}`, () => {
      assert.deepEqual(indexesOf(logged("{ level: 'info' }", ending).lines), expected);
      const file = join(directory, how, 'made', 'it.log');
      logged(JSON.stringify({ level: 'info', file }), ending);
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      assert.deepEqual(indexesOf(lines), expected);
    });
  }

  it('writes soon while the process goes on', () => {
    const file = join(directory, 'soon.log');
    const { output } = logged(
      JSON.stringify({ level: 'info', file }),
      `import { readFileSync } from 'node:fs';
      const wait = setInterval(() => {
        const lines = readFileSync(${JSON.stringify(file)}, 'utf8').split('\\n');
        if (lines.length <= 1000) return;
        clearInterval(wait);
        console.log('there');
      }, 20);`,
    );
    assert.equal(output, 'there\n');
  });
});
