import { ProtocolError } from './protocol-error.ts';

/** What a connection begins with, in both directions: the protocol and its first version. */
export const PREFACE: Buffer = Buffer.from('PORTICO/1\n', 'latin1');

/** The types of frames. `0x10` to `0x1f` are kept for streams; version 1 refuses them. */
export const FRAME = {
  hello: 0x01,
  welcome: 0x02,
  proof: 0x03,
  caller: 0x04,
  request: 0x05,
  response: 0x06,
  error: 0x07,
  credit: 0x08,
  goAway: 0x09,
  cancel: 0x0a,
  ping: 0x0b,
  pong: 0x0c,
} as const;

/** Length, type, flags and call number. */
export const HEADER_BYTES = 10;
/** The length counts what follows it: the rest of the header, and the payload. */
const LENGTH_BYTES = 4;
const LENGTH_MIN = HEADER_BYTES - LENGTH_BYTES;

/** One frame where it lies in what was read. Valid until the function that gets it returns. */
export interface Frame {
  readonly type: number;
  readonly call: number;
  /** The payload is `bytes` from `start` to `end`. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Writes the header of a frame that ends at `end`, at `at`. */
export function writeHeader(
  bytes: Buffer,
  at: number,
  header: { readonly type: number; readonly call: number; readonly end: number },
): void {
  const { type, call, end } = header;
  writeU32(bytes, at, end - at - LENGTH_BYTES);
  bytes[at + 4] = type;
  bytes[at + 5] = 0;
  writeU32(bytes, at + 6, call);
}

/** A frame on its own, for those that are not sent often. */
export function encodeFrame(type: number, call: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  writeHeader(bytes, 0, { type, call, end: bytes.length });
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Big-endian, as all integers of the protocol. Faster than `writeUInt32BE`, which checks its arguments. */
export function writeU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The opposite of {@link writeU32}; the caller has seen that four bytes are there. */
export function readU32(bytes: Buffer, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

/** Two bytes at `at`; the caller has seen that they are there. */
export function readU16(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/**
 * Takes bytes as they come and gives frames. Frames that lie whole in what was read are given from
 * there; a frame in parts is collected in a buffer that grows with what has arrived, not with what was
 * announced. Lengths are checked before anything is kept.
 */
export class FrameReader implements Frame {
  type = 0;
  call = 0;
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** The longest frame that is taken, without its four bytes of length. */
  lengthMax: number;
  #prefaceSeen = 0;
  #held: Buffer = EMPTY;
  #heldBytes = 0;
  #paused = false;
  readonly #onFrame: (frame: Frame) => void;

  constructor(lengthMax: number, onFrame: (frame: Frame) => void) {
    this.lengthMax = lengthMax;
    this.#onFrame = onFrame;
  }

  /** Bytes that are kept because a frame is not complete, or because of {@link pause}. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Gives the frames that `chunk` completes.
   * @throws {ProtocolError} for a wrong preface (`silent`), length or flag; nothing may be read after.
   */
  push(chunk: Buffer): void {
    let at = 0;
    if (this.#prefaceSeen < PREFACE.length) at = this.#readPreface(chunk);
    if (this.#heldBytes === 0 && !this.#paused) {
      at = this.#readFrames(chunk, at, chunk.length);
      if (at < chunk.length) this.#hold(chunk, at);
      return;
    }
    // Only as much as completes the frame is copied: what follows is read where it lies.
    while (this.#heldBytes > 0 && !this.#paused && at < chunk.length) {
      const missing = this.#missingBytes();
      const taken = Math.min(missing, chunk.length - at);
      this.#hold(chunk, at, at + taken);
      at += taken;
      if (this.#missingBytes() === 0) this.#readHeld();
    }
    if (at === chunk.length) return;
    if (this.#paused) this.#hold(chunk, at);
    else {
      at = this.#readFrames(chunk, at, chunk.length);
      if (at < chunk.length) this.#hold(chunk, at);
    }
  }

  /** No more frames until {@link resume}; what is there is kept. */
  pause(): void {
    this.#paused = true;
  }

  /** @throws {ProtocolError} as {@link push} does, for what was kept. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readHeld();
  }

  #readPreface(chunk: Buffer): number {
    let at = 0;
    while (this.#prefaceSeen < PREFACE.length && at < chunk.length) {
      if (chunk[at] !== PREFACE[this.#prefaceSeen]) {
        throw new ProtocolError('The preface is not that of this protocol.', { silent: true });
      }
      this.#prefaceSeen++;
      at++;
    }
    return at;
  }

  /** Gives the whole frames between `from` and `to`; returns where the first incomplete one begins. */
  #readFrames(bytes: Buffer, from: number, to: number): number {
    let at = from;
    while (!this.#paused && to - at >= LENGTH_BYTES) {
      const length = this.#lengthAt(bytes, at);
      const end = at + LENGTH_BYTES + length;
      if (end > to) break;
      if (bytes[at + 5] !== 0) throw new ProtocolError(`Unknown flags ${bytes[at + 5]}.`);
      this.type = bytes[at + 4] as number;
      this.call = readU32(bytes, at + 6);
      this.bytes = bytes;
      this.start = at + HEADER_BYTES;
      this.end = end;
      at = end;
      this.#onFrame(this);
    }
    return at;
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length = readU32(bytes, at);
    if (length < LENGTH_MIN || length > this.lengthMax) {
      const allowed = `${LENGTH_MIN} to ${this.lengthMax}`;
      throw new ProtocolError(`A frame of ${length} bytes; allowed are ${allowed}.`);
    }
    return length;
  }

  /** How much of the first kept frame has not come; of its length first, if that is not known. */
  #missingBytes(): number {
    if (this.#heldBytes < LENGTH_BYTES) return LENGTH_BYTES - this.#heldBytes;
    const whole = LENGTH_BYTES + this.#lengthAt(this.#held, 0);
    return Math.max(0, whole - this.#heldBytes);
  }

  #readHeld(): void {
    const held = this.#held;
    const heldBytes = this.#heldBytes;
    const at = this.#readFrames(held, 0, heldBytes);
    if (at === 0) return;
    this.#held = EMPTY;
    this.#heldBytes = 0;
    if (at < heldBytes) this.#hold(held, at, heldBytes);
  }

  #hold(chunk: Buffer, from: number, to: number = chunk.length): void {
    const needed = this.#heldBytes + to - from;
    if (needed > this.#held.length) {
      // Doubled, so that a frame that arrives byte by byte is not copied for each of them.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#held.length, HELD_MIN_BYTES));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldBytes, from, to);
    this.#heldBytes = needed;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
const HELD_MIN_BYTES = 1024;
