import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, FrameReader, PREFACE, readU16, readU32, writeU32 } from './frame.ts';
import { ProtocolError } from './protocol-error.ts';

interface Seen {
  readonly type: number;
  readonly call: number;
  readonly payload: string;
}

const frames = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    call: fc.integer({ min: 0, max: 0xffff_ffff }),
    payload: fc.uint8Array({ maxLength: 3_000 }),
  }),
  { maxLength: 12 },
);

function encodeAll(all: readonly { type: number; call: number; payload: Uint8Array }[]): Buffer {
  const encoded = all.map(({ type, call, payload }) => encodeFrame(type, call, payload));
  return Buffer.concat([PREFACE, ...encoded]);
}

function collect(lengthMax = 10_000) {
  const seen: Seen[] = [];
  const reader = new FrameReader(lengthMax, ({ type, call, bytes, start, end }) => {
    seen.push({ type, call, payload: bytes.toString('hex', start, end) });
  });
  return { seen, reader };
}

/** `bytes` in pieces that end at these places. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)];
  return at.map((from, index) => bytes.subarray(from, at[index + 1] ?? bytes.length));
}

describe('frames', () => {
  it('come out as they went in, however the bytes are split', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 40 }), (all, cuts) => {
        const { seen, reader } = collect();
        for (const piece of split(encodeAll(all), cuts)) reader.push(piece);
        const sent = all.map(({ type, call, payload }) => ({
          type,
          call,
          payload: Buffer.from(payload).toString('hex'),
        }));
        assert.deepEqual(seen, sent);
        assert.equal(reader.heldBytes, 0);
      }),
    );
  });

  it('come out the same when reading is paused after each of them', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 10 }), (all, cuts) => {
        const seen: number[] = [];
        const reader: FrameReader = new FrameReader(10_000, ({ call }) => {
          seen.push(call);
          reader.pause();
        });
        for (const piece of split(encodeAll(all), cuts)) reader.push(piece);
        for (let again = 0; again < all.length; again++) reader.resume();
        assert.deepEqual(
          seen,
          all.map(({ call }) => call),
        );
      }),
    );
  });

  it('come out one by one when every byte comes alone', () => {
    const { seen, reader } = collect();
    const bytes = encodeAll([{ type: 5, call: 7, payload: Buffer.from('input') }]);
    for (const byte of bytes) reader.push(Buffer.from([byte]));
    assert.deepEqual(seen, [{ type: 5, call: 7, payload: Buffer.from('input').toString('hex') }]);
  });

  it('are refused by their length before anything of them is kept', () => {
    for (const length of [0, 5, 10_001, 0xffff_ffff]) {
      const { reader } = collect();
      const header = Buffer.alloc(4);
      writeU32(header, 0, length);
      reader.push(PREFACE);
      assert.throws(() => reader.push(header), ProtocolError, `length ${length}`);
      assert.ok(reader.heldBytes <= 4);
    }
  });

  it('take memory as they arrive, not as they announce themselves', () => {
    const { reader } = collect(64 << 20);
    const header = Buffer.alloc(10);
    writeU32(header, 0, 64 << 20);
    reader.push(Buffer.concat([PREFACE, header]));
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.alloc(1_000));
    assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
    assert.equal(reader.heldBytes, 1_010);
  });

  it('with unknown flags are refused', () => {
    const { reader } = collect();
    const frame = encodeFrame(5, 1, Buffer.alloc(0));
    frame[5] = 1;
    assert.throws(() => reader.push(Buffer.concat([PREFACE, frame])), /Unknown flags 1/);
  });

  it('are not looked for behind another preface, and nobody is told', () => {
    for (const text of ['GET / HTTP/1.1\r\n', 'PORTICO/2\n', 'P\n']) {
      const { reader } = collect();
      assert.throws(
        () => reader.push(Buffer.from(text)),
        (thrown: unknown) => thrown instanceof ProtocolError && thrown.silent,
      );
    }
  });
});

describe('integers', () => {
  it('are big-endian and unsigned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const bytes = Buffer.alloc(6);
        writeU32(bytes, 1, value);
        assert.equal(bytes.readUInt32BE(1), value);
        assert.equal(readU32(bytes, 1), value);
        assert.equal(readU16(bytes, 1), bytes.readUInt16BE(1));
      }),
    );
  });
});
