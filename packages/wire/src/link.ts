import type { Socket } from 'node:net';
import type { Host, Timer } from '@portico/host';
import { BatchWriter } from './batch-writer.ts';
import { CONNECTION_CALL, decodeProtocolError, encodeProtocolError } from './failure-code.ts';
import { HANDSHAKE_FRAME_MAX_BYTES } from './flow-control.ts';
import { encodeFrame, FRAME, type Frame, FrameReader, PREFACE } from './frame.ts';
import { createKeepalive, type Keepalive, LOOK_MS } from './keepalive.ts';
import { ProtocolError } from './protocol-error.ts';

/** How long the other side may take to read what is left when a connection ends. */
const END_LIMIT_MS = 1_000;

/** What a connection tells its owner. */
export interface LinkEvents {
  /** A frame that is not the link's own business. @throws {ProtocolError} to end the connection. */
  onFrame(frame: Frame): void;
  /** The other side broke the protocol; the connection is about to end. */
  onBreach(error: ProtocolError): void;
  /** It has ended, and why; once. Its socket may linger until the other side has read the reason. */
  onClosed(reason: string): void;
  /** {@link Link.suspect} has changed. */
  onSuspect?(): void;
  /** Whether answers are expected, so that silence means something. */
  isBusy?(): boolean;
}

/**
 * One connection: frames in, frames out, keepalive, and its end. Both sides are built on it; what frames
 * mean to calls is theirs.
 */
export class Link {
  readonly socket: Socket;
  readonly writer: BatchWriter;
  /** When the input that is being handled was read, on the monotonic clock. */
  readAt: number;
  /** Nothing was heard for a while though something is expected. */
  suspect = false;
  events: LinkEvents;
  readonly #host: Host;
  readonly #reader: FrameReader;
  #keepalive: Keepalive | undefined;
  #timer: Timer | undefined;
  #reading = true;
  #ended = false;
  #told = false;
  #prefaceSent = false;
  #reason: string | undefined;
  #pings = 0;

  constructor(socket: Socket, host: Host, events: LinkEvents) {
    this.socket = socket;
    this.events = events;
    this.writer = new BatchWriter(socket);
    this.#host = host;
    this.readAt = host.clock.monotonic();
    this.#reader = new FrameReader(HANDSHAKE_FRAME_MAX_BYTES, (frame) => this.#receive(frame));
    // Without an encoding there are no strings.
    socket.on('data', (chunk) => this.#read(chunk as Buffer));
    socket.on('error', (problem) => {
      this.#reason ??= problem.message;
      // What was not handed over by now never is, and its callers may be told so.
      this.writer.close();
    });
    socket.on('close', () => this.#close());
  }

  /** The longest frame that is taken. */
  set frameMax(bytes: number) {
    this.#reader.lengthMax = bytes;
  }

  /** The connection is about to end, or has ended: nothing is sent any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What a connection begins with, once. */
  sendPreface(): void {
    if (this.#prefaceSent) return;
    this.#prefaceSent = true;
    this.writer.append(PREFACE);
  }

  send(type: number, call: number, payload: Uint8Array): void {
    if (!this.#ended) this.writer.append(encodeFrame(type, call, payload));
  }

  /** Frames are left unread, and so the other side is slowed down, until {@link resumeReading}. */
  pauseReading(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.#reader.pause();
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    this.socket.resume();
    this.#guard(() => this.#reader.resume());
  }

  /** Begins to watch over the other side. */
  startKeepalive(): void {
    this.#keepalive = createKeepalive(this.#host.clock.monotonic());
    this.#armLook();
  }

  /** Ends because the other side broke the protocol; it is told so. */
  fail(error: ProtocolError): void {
    if (this.#ended) return;
    this.#reason = error.message;
    this.events.onBreach(error);
    if (error.silent) this.destroy(error.message);
    else {
      this.sendPreface();
      this.send(FRAME.error, CONNECTION_CALL, encodeProtocolError(error.message));
      this.end(error.message);
      this.#tell();
    }
  }

  /** Ends when everything collected has been sent. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#reason ??= reason;
    this.#ended = true;
    // What waits behind a write under way would not be sent by `end`: it goes into the socket now.
    this.writer.finish();
    this.socket.end();
    // Unread input would keep the other side's end from being seen.
    this.socket.resume();
    this.#timer?.cancel();
    this.#timer = this.#host.timers.after(END_LIMIT_MS, () => this.socket.destroy(), BACKGROUND);
  }

  /** Ends at once. */
  destroy(reason: string): void {
    this.#reason ??= reason;
    this.#ended = true;
    this.writer.close();
    this.socket.destroy();
    this.#timer?.cancel();
    this.#tell();
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return;
    this.readAt = this.#host.clock.monotonic();
    this.#keepalive?.heard();
    this.#guard(() => this.#reader.push(chunk));
  }

  /** What breaks the protocol, or us at reading it, ends this connection and nothing else. */
  #guard(read: () => void): void {
    try {
      read();
    } catch (thrown) {
      this.fail(
        thrown instanceof ProtocolError
          ? thrown
          : new ProtocolError('A frame could not be handled.', { cause: thrown }),
      );
    }
  }

  #receive(frame: Frame): void {
    if (this.#ended) return;
    switch (frame.type) {
      case FRAME.ping:
        assertPing(frame);
        this.send(FRAME.pong, CONNECTION_CALL, frame.bytes.subarray(frame.start, frame.end));
        return;
      case FRAME.pong:
        assertPing(frame);
        return;
      case FRAME.error:
        if (frame.call === CONNECTION_CALL) {
          this.#endedByPeer(frame);
          return;
        }
    }
    this.events.onFrame(frame);
  }

  #endedByPeer(frame: Frame): void {
    const message = decodeProtocolError(frame.bytes.subarray(frame.start, frame.end));
    this.destroy(`The other side ended the connection: ${message}`);
  }

  #look(): void {
    // Whoever does not read hears nothing, and that says nothing about the other side.
    if (!this.#reading) this.#keepalive?.heard();
    const busy = this.events.isBusy?.() === true;
    const look = this.#keepalive?.look(this.#host.clock.monotonic(), busy);
    if (look?.finding === 'dead') {
      this.destroy('Nothing was heard for 3 s.');
      return;
    }
    if (look?.ping) {
      const payload = Buffer.alloc(8);
      payload.writeUInt32BE(++this.#pings, 4);
      this.send(FRAME.ping, CONNECTION_CALL, payload);
    }
    const suspect = look?.finding === 'suspect';
    if (suspect !== this.suspect) {
      this.suspect = suspect;
      this.events.onSuspect?.();
    }
    this.#armLook();
  }

  #armLook(): void {
    if (this.#ended) return;
    this.#timer = this.#host.timers.after(LOOK_MS, () => this.#look(), BACKGROUND);
  }

  #close(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.writer.close();
    this.#tell();
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.events.onClosed(this.#reason ?? 'The other side ended the connection.');
  }
}

const BACKGROUND = { background: true };
const PING_BYTES = 8;

function assertPing({ call, start, end }: Frame): void {
  if (call === CONNECTION_CALL && end - start === PING_BYTES) return;
  throw new ProtocolError('A ping that is not 8 bytes about the connection.');
}
