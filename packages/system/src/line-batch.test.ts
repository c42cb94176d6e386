import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { BATCH_CHARACTERS, BATCH_MS, createLineBatch } from './line-batch.ts';

function createBatch() {
  const host = createSimulatedHost({ seed: 1 });
  const written: string[] = [];
  const batch = createLineBatch({ write: (lines) => written.push(lines) }, host.timers);
  return { host, written, batch };
}

describe('lines in batches', () => {
  it('wait for each other, and not longer than they may', async () => {
    const { host, written, batch } = createBatch();
    batch.write('one\n');
    await host.advance(BATCH_MS - 1);
    batch.write('two\n');
    assert.deepEqual(written, []);
    await host.advance(1);
    assert.deepEqual(written, ['one\ntwo\n']);
    batch.write('three\n');
    await host.advance(BATCH_MS);
    assert.deepEqual(written, ['one\ntwo\n', 'three\n']);
  });

  it('are written at once when there are many', () => {
    const { written, batch } = createBatch();
    const line = `${'x'.repeat(1023)}\n`;
    for (let index = 0; index < BATCH_CHARACTERS / line.length; index++) batch.write(line);
    assert.equal(written.length, 1);
    assert.equal(written[0]?.length, BATCH_CHARACTERS);
  });

  it('are written when asked for, once', async () => {
    const { host, written, batch } = createBatch();
    batch.write('last\n');
    batch.flush();
    batch.flush();
    await host.advance(BATCH_MS);
    assert.deepEqual(written, ['last\n']);
  });
});
