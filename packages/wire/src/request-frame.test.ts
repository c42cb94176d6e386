import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from './protocol-error.ts';
import { encodeMeta, parseRequest, toCriticalityNumber } from './request-frame.ts';

const hex = (length: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => text.length === length);
const trace = fc.record(
  { traceId: hex(32), spanId: hex(16), sampled: fc.boolean() },
  { noNullPrototype: true },
);
const key = fc.option(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), {
  nil: undefined,
});

function frameOf(payload: Buffer) {
  return { type: 5, call: 1, bytes: payload, start: 0, end: payload.length };
}

function requestWith(meta: string, fixed: Partial<Record<number, number>> = {}): Buffer {
  const bytes = Buffer.alloc(12);
  bytes[8] = 1;
  bytes.writeUInt16BE(Buffer.byteLength(meta), 10);
  for (const [at, value] of Object.entries(fixed)) bytes[Number(at)] = value as number;
  return Buffer.concat([bytes, Buffer.from(meta)]);
}

describe('what a request tells beside its input', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(trace, key, key, (sent, sentKey, undoes) => {
        const meta = encodeMeta(sent, sentKey, undoes);
        assert.equal(Buffer.byteLength(meta), meta.length);
        const { meta: read } = parseRequest(frameOf(requestWith(meta)));
        assert.deepEqual(read, { trace: sent, key: sentKey, undoes });
      }),
    );
  });

  it('may be nothing', () => {
    const { meta, inputAt } = parseRequest(frameOf(requestWith('')));
    assert.deepEqual(meta, { trace: undefined, key: undefined, undoes: undefined });
    assert.equal(inputAt, 12);
  });

  it('has each criticality by number', () => {
    for (const criticality of ['critical', 'default', 'sheddable', 'batch'] as const) {
      const bytes = requestWith('', { 9: toCriticalityNumber(criticality) });
      assert.equal(parseRequest(frameOf(bytes)).criticality, criticality);
    }
  });

  it('is a breach of the protocol where it is broken', () => {
    const broken = [
      Buffer.alloc(11),
      requestWith('', { 8: 0 }),
      requestWith('', { 9: 4 }),
      requestWith('{}', { 11: 3 }),
      requestWith('{'),
      requestWith('[]'),
      requestWith('{"trace":"00-xyz"}'),
      requestWith('{"trace":7}'),
      requestWith('{"key":""}'),
      requestWith('{"key":7}'),
      requestWith(`{"undoes":"${'k'.repeat(4_097)}"}`),
    ];
    for (const bytes of broken) {
      assert.throws(() => parseRequest(frameOf(bytes)), ProtocolError, bytes.toString());
    }
  });
});
