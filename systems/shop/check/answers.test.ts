import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createAnswerLog } from '../load/answer-log.ts';
import { readAnswers } from './answers.ts';

describe('the answers that a client wrote down', () => {
  const directory = mkdtempSync(join(tmpdir(), 'answers-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const placed = {
    caller: 'gst_1',
    key: 'key-1',
    orderId: 'ord_1',
    total: { amount: 100, currency: 'EUR' },
    state: 'pending',
  };

  it('are none where nobody wrote any', () => {
    assert.equal(readAnswers(join(directory, 'nowhere')), undefined);
    assert.equal(readAnswers(directory), undefined);
  });

  it('come back with every state that the client saw, without a line that was cut off', () => {
    const log = createAnswerLog(directory, () => Date.UTC(2026, 10, 22));
    log.placed(placed);
    log.seen('ord_1', 'confirmed');
    log.seen('ord_1', undefined);
    appendFileSync(log.file, '{"kind":"answ');
    const { state: _, ...answer } = placed;
    assert.deepEqual(readAnswers(directory), [{ ...answer, seen: ['pending', 'confirmed'] }]);
    assert.deepEqual(log.counts(), { answers: 1, orders: 1 });
  });

  it('are refused with file and line where they are none', () => {
    const file = join(directory, 'broken.jsonl');
    appendFileSync(file, '{"kind":"answer"}\n\n');
    assert.throws(() => readAnswers(file), /broken\.jsonl:1 is no answer/);
  });
});
