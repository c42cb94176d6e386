import type { Socket } from 'node:net';

/** What leaves in one write at the most: larger writes gain nothing, and delay what stands behind them. */
const BATCH_BYTES = 65_536;
/**
 * … nor do longer rows of small frames: were all frames of a turn sent at its end, two processes that
 * answer each other would take turns at working, each idle while the other one is at it.
 */
const BATCH_FRAMES = 8;

/**
 * Collects the frames of one event-loop turn and hands them to the socket in one write, earlier when
 * there are 8, or 64 KiB. No timer: the turn's end is when its input has been handled. While a write is
 * under way the next ones wait here and not in the socket, so that it stays known which calls were
 * handed over.
 */
export class BatchWriter {
  /** Where frames are written to, from what {@link reserve} returns on. */
  bytes: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  /** Called after a write that was not taken at once: {@link unsentBytes} has become less. */
  onProgress: (() => void) | undefined = undefined;
  /** Called each time everything collected so far has been handed to the socket. */
  onHandedOver: (() => void) | undefined = undefined;
  #used = 0;
  #frames = 0;
  #scheduled = false;
  #writing = false;
  #closed = false;
  /** Full batches that wait for the socket. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writingBytes = 0;
  /** The batch that the socket writes from, and one that it has written from. */
  #lent: Buffer | undefined = undefined;
  #spare: Buffer | undefined = undefined;
  readonly #socket: Socket;
  readonly #flush: () => void;
  readonly #onWritten: () => void;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#flush = () => {
      this.#scheduled = false;
      this.flush();
    };
    this.#onWritten = () => {
      if (this.#writing && socket.writableLength === 0) this.#completed();
    };
  }

  /** Bytes that the operating system has not taken yet. */
  get unsentBytes(): number {
    return this.#waitingBytes + this.#used + this.#writingBytes;
  }

  /** Makes room for up to `sizeBytes`; returns where they may be written in {@link bytes}. */
  reserve(sizeBytes: number): number {
    if (this.#used + sizeBytes > this.bytes.length) this.#startBatch(sizeBytes);
    return this.#used;
  }

  /** A frame was written up to `end`: it is sent at the end of this turn at the latest. */
  commit(end: number): void {
    this.#used = end;
    if (++this.#frames >= BATCH_FRAMES) this.flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Adds a frame that is complete already. */
  append(frame: Uint8Array): void {
    const at = this.reserve(frame.length);
    this.bytes.set(frame, at);
    this.commit(at + frame.length);
  }

  /** Hands over what has been collected, unless a write is under way: then that is done at its end. */
  flush(): void {
    if (this.#writing || this.#closed) return;
    if (this.#waiting.length > 0) this.#writeWaiting();
    else if (this.#used > 0) this.#writeBatch();
  }

  /** Gives everything to the socket, which sends it behind what it is writing; nothing may follow. */
  finish(): void {
    this.#writing = false;
    this.flush();
    this.#closed = true;
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#used = 0;
  }

  #startBatch(sizeBytes: number): void {
    if (this.#used > 0) {
      if (this.#closed) this.#used = 0;
      else if (!this.#writing) this.#writeBatch();
      else {
        this.#waiting.push(this.bytes.subarray(0, this.#used));
        this.#waitingBytes += this.#used;
        this.#used = 0;
        this.#takeNewBatch();
      }
    }
    if (sizeBytes > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
  }

  #takeNewBatch(): void {
    this.bytes = this.#spare ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#spare = undefined;
  }

  #writeBatch(): void {
    const batch = this.bytes;
    const size = this.#used;
    this.#used = 0;
    this.#frames = 0;
    this.#write([batch.subarray(0, size)], size);
    const usual = batch.length === BATCH_BYTES;
    // Written at once, as nearly always: the same buffer serves the next turn.
    if (!this.#writing && usual) return;
    if (usual) this.#lent = batch;
    this.#takeNewBatch();
  }

  #writeWaiting(): void {
    const batches = this.#waiting;
    const size = this.#waitingBytes + this.#used;
    if (this.#used > 0) {
      batches.push(this.bytes.subarray(0, this.#used));
      this.#used = 0;
      this.#takeNewBatch();
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#write(batches, size);
  }

  #write(batches: readonly Buffer[], size: number): void {
    const socket = this.#socket;
    this.#writing = true;
    this.#writingBytes = size;
    this.onHandedOver?.();
    if (batches.length > 1) socket.cork();
    const last = batches.length - 1;
    for (const [index, batch] of batches.entries()) {
      if (index < last) socket.write(batch);
      else socket.write(batch, this.#onWritten);
    }
    if (batches.length > 1) socket.uncork();
    if (socket.writableLength === 0) {
      this.#writing = false;
      this.#writingBytes = 0;
    }
  }

  #completed(): void {
    this.#writing = false;
    this.#writingBytes = 0;
    this.#spare ??= this.#lent;
    this.#lent = undefined;
    this.flush();
    this.onProgress?.();
  }
}
