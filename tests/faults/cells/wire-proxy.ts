import { renameSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How connections carry bytes, in both directions. */
export type Carriage =
  | { readonly kind: 'well' }
  /** Each byte arrives so much later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** A few bytes at a time. */
  | { readonly kind: 'sliced' }
  /** Nothing arrives, not even that the other side has gone, until they carry something else. */
  | { readonly kind: 'held' }
  /** Every connection is cut after so many bytes. */
  | { readonly kind: 'cut'; readonly bytes: number };

/** Something between a process and those who call it. */
export interface WireProxy {
  /** Has them carry bytes so from now on. */
  carry(carriage: Carriage): void;
  /** What was late, sliced or held, or how many connections were cut. */
  readonly hit: number;
  /** Takes nobody any more; who is connected stays so. */
  leave(): void;
  /** Ends those who are still connected. */
  close(): void;
}

const SLICE_BYTES = 7;

/**
 * Puts itself before a Unix socket: whoever dials `path` from now on reaches the proxy, which dials the socket
 * that was there. Connections that exist do not notice.
 */
export async function interpose(path: string): Promise<WireProxy> {
  const behind = `${path}.behind`;
  const front = `${path}.front`;
  const ends = new Set<Socket>();
  const road = createRoad();
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const inside = connect({ path: behind, allowHalfOpen: true });
    join(outside, inside);
    join(inside, outside);
  });
  const join = (from: Socket, to: Socket) => {
    const send = road.open(to);
    ends.add(from);
    from.on('data', send);
    from.on('end', () => void send('end'));
    // Its `close` follows.
    from.on('error', () => undefined);
    from.on('close', () => {
      ends.delete(from);
      void send('close');
    });
  };
  // libuv removes the path that was listened at, not the one that it was moved to.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(front, resolve);
  });
  renameSync(path, behind);
  renameSync(front, path);
  return {
    carry: road.become,
    get hit() {
      return road.hit;
    },
    leave() {
      renameSync(behind, path);
      server.close();
    },
    close() {
      road.become({ kind: 'well' });
      for (const end of ends) end.destroy();
    },
  };
}

/** The way that all connections take. */
function createRoad() {
  let carriage: Carriage = { kind: 'well' };
  let clear: (() => void) | undefined;
  let cleared = Promise.resolve();
  const road = {
    hit: 0,
    become(next: Carriage) {
      clear?.();
      carriage = next;
      cleared = new Promise((resolve) => {
        clear = resolve;
        if (next.kind !== 'held') resolve();
      });
    },
    /** A lane to `to`: what is sent never overtakes what was sent before. */
    open(to: Socket) {
      let last = Promise.resolve();
      let carried = 0;
      const deliver = async (what: Buffer | 'end' | 'close') => {
        await cleared;
        if (to.destroyed) return;
        if (what === 'close') to.destroy();
        else if (what === 'end') to.end();
        else if (carriage.kind === 'sliced') await writeSliced(to, what);
        else if (carriage.kind === 'cut' && carried > carriage.bytes) {
          road.hit += 1;
          to.destroy();
        } else to.write(what);
      };
      return (what: Buffer | 'end' | 'close'): void => {
        const dueAt = performance.now() + (carriage.kind === 'late' ? carriage.ms : 0);
        if (typeof what !== 'string') carried += what.length;
        if (carriage.kind !== 'well' && carriage.kind !== 'cut') road.hit += 1;
        last = last.then(async () => {
          const waitMs = dueAt - performance.now();
          if (waitMs > 0) await pause(waitMs);
          await deliver(what);
        });
      };
    },
  };
  return road;
}

async function writeSliced(to: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length && !to.destroyed; at += SLICE_BYTES) {
    const slice = bytes.subarray(at, at + SLICE_BYTES);
    await new Promise<void>((resolve) => to.write(slice, () => resolve()));
  }
}
