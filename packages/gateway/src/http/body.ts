import { gunzip } from 'node:zlib';
import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Head } from './head.ts';
import type { HttpLimits } from './limits.ts';
import type { BodySink, BodySource } from './request.ts';

/** A body that is there already, for requests without a server. */
export function toBodySource(bytes: Uint8Array = EMPTY): BodySource {
  return {
    start(sink) {
      if (bytes.byteLength > 0) sink.chunk(bytes);
      sink.end();
    },
    stop() {},
  };
}

/** Reads request bodies under limits of size and time. One per gateway. */
export interface BodyReader {
  /**
   * @throws {Failure} `unsupported-media-type` (content coding), `too-large`, `too-slow`, `malformed`,
   * `CANCELLED` when the client goes away.
   */
  read(source: BodySource, head: Head, limitBytes: number): Promise<Uint8Array>;
}

const EMPTY = new Uint8Array(0);
/** Below this, the ratio says nothing: gzip of a few repeated words exceeds 100:1 harmlessly. */
const RATIO_FREE_BYTES = 16 * 1024;

/** One timer watches all bodies that are being read; without any, there is none. */
export function createBodyReader(host: Host, limits: HttpLimits): BodyReader {
  const reading = new Set<Reading>();
  let watching = false;
  const check = () => {
    const now = host.clock.monotonic();
    for (const body of reading) body.checkPace(now, limits);
    watching = reading.size > 0;
    if (watching) watch();
  };
  const watch = () => host.timers.after(limits.checkEveryMs, check, { background: true });
  return {
    async read(source, head, limitBytes) {
      const gzipped = checkCoding(head.contentEncoding);
      if (!head.hasBody) return EMPTY;
      if ((head.contentLength ?? 0) > limitBytes) throw tooLarge(source, limitBytes);
      const body = new Reading(source, limitBytes, host.clock.monotonic());
      reading.add(body);
      if (!watching) {
        watching = true;
        watch();
      }
      try {
        const bytes = await body.done;
        return gzipped ? await inflate(bytes, limitBytes, limits.inflateRatio) : bytes;
      } finally {
        reading.delete(body);
      }
    },
  };
}

function checkCoding(coding: string | undefined): boolean {
  if (coding === undefined || coding.toLowerCase() === 'identity') return false;
  const lower = coding.toLowerCase();
  if (lower === 'gzip' || lower === 'x-gzip') return true;
  const message = 'Bodies are accepted as they are or gzipped ("content-encoding: gzip").';
  throw Failure.rejected('unsupported-media-type', message);
}

function tooLarge(source: BodySource, limitBytes: number): Failure {
  source.stop();
  return Failure.rejected('too-large', `The body has more than ${limitBytes} bytes.`);
}

/** One body on its way in. */
class Reading implements BodySink {
  readonly done: Promise<Uint8Array>;
  readonly #source: BodySource;
  readonly #limitBytes: number;
  readonly #startedAt: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #settled = false;
  #resolve: (bytes: Uint8Array) => void = () => {};
  #reject: (reason: Failure) => void = () => {};

  constructor(source: BodySource, limitBytes: number, now: number) {
    this.#source = source;
    this.#limitBytes = limitBytes;
    this.#startedAt = now;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    source.start(this);
  }

  chunk(bytes: Uint8Array): void {
    if (this.#settled) return;
    this.#size += bytes.byteLength;
    if (this.#size > this.#limitBytes) this.#refuse(tooLarge(this.#source, this.#limitBytes));
    else this.#chunks.push(bytes);
  }

  end(): void {
    if (this.#settled) return;
    this.#settled = true;
    const [first] = this.#chunks;
    this.#resolve(this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks));
  }

  fail(): void {
    // Called after every body, when its request closes: a failure is made only where there is one.
    if (this.#settled) return;
    this.#refuse(
      new Failure('CANCELLED', 'cancelled', 'The client went away before the end of the body.'),
    );
  }

  checkPace(now: number, limits: HttpLimits): void {
    const elapsedMs = now - this.#startedAt;
    const slow =
      elapsedMs > limits.bodyGraceMs && this.#size < (limits.bodyRate * elapsedMs) / 1000;
    if (!slow && elapsedMs <= limits.bodyMs) return;
    this.#source.stop();
    const pace = `${limits.bodyRate} bytes per second, ${limits.bodyMs / 1000} s in all`;
    this.#refuse(Failure.rejected('too-slow', `The body came too slowly; needed: ${pace}.`));
  }

  #refuse(reason: Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#chunks.length = 0;
    this.#reject(reason);
  }
}

function inflate(bytes: Uint8Array, limitBytes: number, ratio: number): Promise<Uint8Array> {
  const byRatio = Math.max(RATIO_FREE_BYTES, bytes.byteLength * ratio);
  const maxOutputLength = Math.min(limitBytes, byRatio);
  return new Promise((resolve, reject) => {
    gunzip(bytes, { maxOutputLength }, (error: NodeJS.ErrnoException | null, inflated) => {
      if (!error) resolve(inflated);
      else if (error.code === 'ERR_BUFFER_TOO_LARGE') {
        reject(
          Failure.rejected(
            'too-large',
            `The inflated body has more than ${maxOutputLength} bytes.`,
          ),
        );
      } else reject(Failure.rejected('malformed', 'The body is not valid gzip.'));
    });
  });
}
