import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { BatchWriter } from './batch-writer.ts';

/** A socket that takes writes at once, or only when it is told to. */
function createFakeSocket({ blocked = false } = {}) {
  const writes: string[] = [];
  const callbacks: (() => void)[] = [];
  let corked = 0;
  const state = {
    blocked,
    writes,
    writableLength: 0,
    corked: () => corked,
    /** The operating system takes everything. */
    unblock() {
      state.blocked = false;
      state.writableLength = 0;
      for (const callback of callbacks.splice(0)) callback();
    },
    write(chunk: Buffer, callback?: () => void) {
      writes.push(chunk.toString('latin1'));
      if (state.blocked) {
        state.writableLength += chunk.length;
        if (callback) callbacks.push(callback);
      } else if (callback) process.nextTick(callback);
      return !state.blocked;
    },
    cork: () => void corked++,
    uncork: () => void corked--,
  };
  return state;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the batch writer', () => {
  it('sends the frames of one turn in one write', async () => {
    const socket = createFakeSocket();
    const writer = new BatchWriter(socket as unknown as Socket);
    writer.append(Buffer.from('one '));
    await Promise.resolve();
    writer.append(Buffer.from('two'));
    assert.deepEqual(socket.writes, []);
    await turn();
    assert.deepEqual(socket.writes, ['one two']);
    writer.append(Buffer.from('three'));
    await turn();
    assert.deepEqual(socket.writes, ['one two', 'three']);
    assert.equal(writer.unsentBytes, 0);
  });

  it('sends earlier when there are eight frames, so that the other side can begin', async () => {
    const socket = createFakeSocket();
    const writer = new BatchWriter(socket as unknown as Socket);
    for (let frame = 0; frame < 18; frame++) writer.append(Buffer.from('x'));
    assert.deepEqual(socket.writes, ['x'.repeat(8), 'x'.repeat(8)]);
    await turn();
    assert.deepEqual(socket.writes.slice(2), ['xx']);
  });

  it('sends earlier when 64 KiB are full, and what is longer by itself', async () => {
    const socket = createFakeSocket();
    const writer = new BatchWriter(socket as unknown as Socket);
    for (let frame = 0; frame < 3; frame++) writer.append(Buffer.alloc(30_000, 'a'));
    assert.deepEqual(
      socket.writes.map((each) => each.length),
      [60_000],
    );
    writer.append(Buffer.alloc(200_000, 'b'));
    writer.append(Buffer.from('c'));
    await turn();
    assert.equal(socket.writes.join(''), `${'a'.repeat(90_000) + 'b'.repeat(200_000)}c`);
  });

  it('keeps what follows a write under way to itself, and sends it in order', async () => {
    const socket = createFakeSocket({ blocked: true });
    const writer = new BatchWriter(socket as unknown as Socket);
    let progress = 0;
    writer.onProgress = () => void progress++;
    const parts = ['first ', 'x'.repeat(60_000), 'y'.repeat(60_000), ' last'];
    for (const part of parts) {
      writer.append(Buffer.from(part));
      await turn();
    }
    assert.deepEqual(socket.writes, ['first ']);
    assert.equal(writer.unsentBytes, parts.join('').length);
    socket.unblock();
    assert.equal(socket.writes.join(''), parts.join(''));
    assert.equal(writer.unsentBytes, 0);
    assert.ok(progress > 0);
    assert.equal(socket.corked(), 0);
  });

  it('does not write over what the socket has not sent', async () => {
    const socket = createFakeSocket({ blocked: true });
    const writer = new BatchWriter(socket as unknown as Socket);
    const held: Buffer[] = [];
    const write = socket.write;
    socket.write = (chunk, callback) => {
      held.push(chunk);
      return write(chunk, callback);
    };
    for (let round = 0; round < 4; round++) {
      socket.blocked = true;
      writer.append(Buffer.from(`round ${round}`));
      await turn();
      assert.equal(held[round]?.toString(), `round ${round}`);
      writer.append(Buffer.alloc(8, 'z'));
      assert.equal(held[round]?.toString(), `round ${round}`);
      socket.unblock();
      held.length = round + 1;
    }
  });

  it('tells each time that everything collected was handed over', async () => {
    const socket = createFakeSocket();
    const writer = new BatchWriter(socket as unknown as Socket);
    let handedOver = 0;
    writer.onHandedOver = () => void handedOver++;
    writer.append(Buffer.from('a'));
    assert.equal(handedOver, 0);
    await turn();
    assert.equal(handedOver, 1);
  });

  it('sends nothing once it is closed, and everything when it is finished', async () => {
    const socket = createFakeSocket();
    const closed = new BatchWriter(socket as unknown as Socket);
    closed.append(Buffer.from('lost'));
    closed.close();
    await turn();
    assert.deepEqual(socket.writes, []);
    const finished = new BatchWriter(socket as unknown as Socket);
    finished.append(Buffer.from('kept'));
    finished.finish();
    finished.append(Buffer.from('late'));
    await turn();
    assert.deepEqual(socket.writes, ['kept']);
  });
});
