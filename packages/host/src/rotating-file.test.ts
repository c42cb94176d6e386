import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openRotatingFile, rotateIfLarge } from './rotating-file.ts';

function createDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'rotating-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').filter(Boolean);

/** Waits until `line` is the last one of a file. */
async function written(path: string, line: string): Promise<void> {
  while (linesOf(path).at(-1) !== line.trimEnd()) await setImmediate();
}

test('a log is bounded: whole lines in files of a size, the oldest gone', async (t) => {
  const path = join(createDirectory(t), 'cart-0.log');
  const log = openRotatingFile(path, { sizeBytes: 1_000, files: 3 });
  for (let batch = 0; batch < 30; batch++) {
    const line = `${JSON.stringify({ batch, text: 'x'.repeat(80) })}\n`;
    log.write(line);
    await written(path, line);
  }
  log.close();
  const files = [`${path}.2`, `${path}.1`, path];
  const batches = files
    .flatMap(linesOf)
    .map((line) => (JSON.parse(line) as { batch: number }).batch);
  assert.equal(batches.at(-1), 29);
  for (const [index, batch] of batches.entries())
    if (index > 0) assert.equal(batch, (batches[index - 1] ?? 0) + 1);
  for (const file of files) assert.ok(statSync(file).size <= 1_000);
  assert.throws(() => statSync(`${path}.3`), /ENOENT/);
});

test('what is held is written at the end of a process, and a log goes on where it was', (t) => {
  const path = join(createDirectory(t), 'cart-0.log');
  for (const text of ['first\n', 'second\n']) {
    const log = openRotatingFile(path);
    log.write('');
    log.write(text);
    log.flush();
    log.close();
  }
  assert.deepEqual(linesOf(path), ['first', 'second']);
});

test('a file that others append to is put aside when it has grown', (t) => {
  const path = join(createDirectory(t), 'cart-0.err');
  rotateIfLarge(path, { sizeBytes: 10 });
  appendFileSync(path, 'short');
  rotateIfLarge(path, { sizeBytes: 10 });
  assert.equal(readFileSync(path, 'utf8'), 'short');
  appendFileSync(path, ' no more');
  rotateIfLarge(path, { sizeBytes: 10 });
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'short no more');
  assert.throws(() => statSync(path), /ENOENT/);
});
