import { encodeCaller } from './caller-frame.ts';
import { createTestIdentity, dialRaw, Inventory, type RawSocket } from './fixtures.ts';
import { encodeFrame, FRAME, FrameReader, PREFACE, writeU32 } from './frame.ts';
import { encodeProof } from './hello.ts';
import { describeUses } from './operation-table.ts';
import { encodeMeta } from './request-frame.ts';

/** What tests without a client of ours share: frames as they are, by hand. */
export const EMPTY: Buffer = Buffer.alloc(0);
const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

/** A dialler that says whatever it is told to. */
export interface RawDialler extends RawSocket {
  /** Types, numbers and payloads of the frames that came. */
  readonly frames: { readonly type: number; readonly call: number; readonly payload: Buffer }[];
  send(...bytes: Uint8Array[]): void;
  /** Resolves when so many frames have come, or the connection has ended. */
  until(count: number): Promise<void>;
}

/** A dialler that has not said anything. */
export function dialBare(path: string): RawDialler {
  const raw = dialRaw(path);
  const frames: RawDialler['frames'] = [];
  const reader = new FrameReader(64 << 20, ({ type, call, bytes, start, end }) => {
    frames.push({ type, call, payload: Buffer.from(bytes.subarray(start, end)) });
  });
  raw.socket.on('data', (chunk) => reader.push(chunk));
  return {
    ...raw,
    frames,
    send: (...bytes) => void raw.socket.write(Buffer.concat(bytes)),
    async until(count) {
      while (frames.length < count && !raw.socket.destroyed) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** What it greets with. */
export const hello = {
  ...{ system: 'shop', group: 'orders', replica: 'orders-1', release: 'r1' },
  ...createTestIdentity('orders-1').hello(),
  versions: [1],
  uses: describeUses([Inventory]),
  frameMax: 4 << 20,
  nonce: Buffer.alloc(32, 1).toString('base64url'),
};

/** A dialler that has proven who it is, and may begin. */
export async function dialProven(path: string, name = 'orders-1'): Promise<RawDialler> {
  const raw = dialBare(path);
  const identity = createTestIdentity(name);
  const helloBytes = Buffer.from(JSON.stringify({ ...hello, ...identity.hello() }));
  raw.send(PREFACE, encodeFrame(FRAME.hello, 0, helloBytes));
  await raw.until(2);
  const welcome = raw.frames[0]?.payload ?? EMPTY;
  const message = Buffer.concat([Buffer.from('PORTICO/1 dialler\n'), helloBytes, welcome]);
  const proof = await identity.prove({ side: 'dialler', message });
  raw.send(encodeFrame(FRAME.proof, 0, encodeProof(proof)));
  await raw.until(3);
  return raw;
}

/** `orders`, for itself, as caller 0. */
export const callerFrame = encodeFrame(
  FRAME.caller,
  0,
  encodeCaller({ number: 0, from: 'orders', token: undefined }),
);

/** A call of `getStock` by caller 0. */
export function requestFrame(
  call: number,
  { input = '{}', meta = encodeMeta(trace, undefined, undefined) } = {},
) {
  const head = Buffer.alloc(12);
  writeU32(head, 4, 1_000);
  head[8] = 1;
  head[9] = 1;
  head.writeUInt16BE(meta.length, 10);
  return encodeFrame(FRAME.request, call, Buffer.concat([head, Buffer.from(meta + input)]));
}

/** JSON as bytes. */
export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
