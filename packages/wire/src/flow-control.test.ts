import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { callOf, createBench, failureOf, getStock, until } from './fixtures.ts';
import { callerFrame, dialProven, requestFrame } from './fixtures-raw.ts';
import { FRAME } from './frame.ts';

const bench = createBench();
const { host } = bench;
afterEach(() => bench.closeAll());

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `count` has not grown for 50 turns of the event loop. */
async function settled(count: () => number): Promise<number> {
  let last = count();
  for (let quiet = 0; quiet < 50; quiet++) {
    await nextTurn();
    if (count() !== last) quiet = 0;
    last = count();
  }
  return last;
}

/** Passes bytes on between a client and a server; either way can be stopped. */
async function createProxy(target: string) {
  const path = `${target}.proxy`;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const other = dialSocket(target);
    sockets.push(socket, other);
    socket.pipe(other);
    other.pipe(socket);
    for (const each of [socket, other]) each.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    /** Nothing passes any more, as on a broken network. */
    freeze() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function dialSocket(path: string): Socket {
  return connect({ path });
}

describe('a caller that does not read its answers', () => {
  it('is not read from either, and loses nothing once it reads again', async () => {
    const calls = 200;
    const sku = 'x'.repeat(200_000);
    let handled = 0;
    const server = await bench.serve(() => {
      handled++;
      return { sku };
    });
    const raw = await dialProven(server.path);
    raw.socket.pause();
    raw.send(callerFrame);
    // One by one, so that the server can stop between them.
    for (let call = 1; call <= calls; call++) {
      raw.send(requestFrame(call));
      await nextTurn();
    }
    const stoppedAt = await settled(() => handled);
    // 4 MiB of answers and what the operating system holds, of 40 MB.
    assert.ok(stoppedAt < 60, `stopped after ${stoppedAt} calls`);
    raw.socket.resume();
    await raw.until(3 + calls);
    assert.equal(handled, calls);
    assert.equal(raw.frames.filter(({ type }) => type === FRAME.response).length, calls);
  });

  it('does not keep others waiting', async () => {
    const server = await bench.serve(() => ({ sku: 'x'.repeat(200_000) }));
    const raw = await dialProven(server.path);
    raw.socket.pause();
    raw.send(callerFrame, ...Array.from({ length: 100 }, (_, index) => requestFrame(index + 1)));
    const replica = await bench.connect(server);
    for (let call = 0; call < 20; call++) {
      await replica.call(getStock, { sku: 'a' }, callOf(host));
    }
  });
});

describe('a callee that does not read its calls', () => {
  it('gets no more than a megabyte, the rest is NOT_SENT', async () => {
    const server = await bench.serve((_operation, input) => input);
    const proxy = await createProxy(server.path);
    const replica = await bench.connect({ path: proxy.path });
    proxy.freeze();
    const input = { sku: 'x'.repeat(100_000) };
    const sent: Promise<unknown>[] = [];
    let refused = 0;
    for (let call = 0; call < 60; call++) {
      const answer = failureOf(replica.call(getStock, input, callOf(host)));
      void answer.then(({ code }) => {
        if (code === 'backlog') refused++;
      });
      sent.push(answer);
      await nextTurn();
    }
    assert.ok(refused > 30, `${refused} of 60 were refused`);
    assert.ok(replica.inFlight < 30);
    proxy.close();
    await Promise.all(sent);
  });
});

describe('a connection on which nothing is heard', () => {
  it('is suspect after 750 ms with calls in flight, and dead after 3 s', async () => {
    const simulated = createSimulatedHost({ seed: 1 });
    const server = await bench.serve(() => new Promise(() => {}));
    const proxy = await createProxy(server.path);
    const replica = await bench.connect({ path: proxy.path }, { host: simulated });
    const call = failureOf(replica.call(getStock, { sku: 'a' }, callOf(simulated)));
    while (server.connections[0]?.inFlight !== 1) await nextTurn();
    proxy.freeze();
    await simulated.advance(250);
    assert.equal(replica.suspect, false);
    await simulated.advance(1_000);
    assert.equal(replica.suspect, true);
    assert.equal(replica.state, 'ready');
    await simulated.advance(2_250);
    const failure = await call;
    assert.equal(failure.class, 'UNAVAILABLE');
    assert.match(failure.message, /Nothing was heard for 3 s/);
    proxy.close();
  });

  it('is none where pings are answered', async () => {
    const simulated = createSimulatedHost({ seed: 1 });
    const server = await bench.serve(() => new Promise(() => {}));
    const replica = await bench.connect(server, { host: simulated });
    const call = failureOf(replica.call(getStock, { sku: 'a' }, callOf(simulated)));
    for (let look = 0; look < 40; look++) {
      await simulated.advance(250);
      // The answer comes through a real socket.
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      assert.equal(replica.suspect, false, `after ${(look + 1) * 250} ms`);
    }
    await replica.close({ now: true });
    await call;
  });

  it('is dialled again after 100 ms at the most, then ever less often up to 2 s', async () => {
    const simulated = createSimulatedHost({ seed: 1 });
    let dialled = 0;
    const address = () => {
      dialled++;
      return { path: `${bench.folder}/nobody.sock` };
    };
    const replica = bench.dial(address, { host: simulated });
    const waits: number[] = [];
    for (let at = 0, last = 0, seen = 1; waits.length < 8; at += 10) {
      await simulated.advance(10);
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      if (dialled === seen) continue;
      waits.push(at + 10 - last);
      last = at + 10;
      seen = dialled;
    }
    assert.ok((waits[0] ?? 0) >= 50 && (waits[0] ?? 0) <= 110, `first after ${waits[0]} ms`);
    for (const wait of waits.slice(5)) assert.ok(wait >= 1_000 && wait <= 2_010, `${wait} ms`);
    await replica.close({ now: true });
  });
});

describe('a replica', () => {
  it('tells those who listen of every change', async () => {
    const server = await bench.serve(() => 1);
    const replica = bench.dial({ path: server.path });
    const states: string[] = [replica.state];
    replica.onChange(() => states.push(replica.state));
    await until(replica, ({ state }) => state === 'ready');
    void server.drain();
    await until(replica, ({ state }) => state === 'connecting');
    replica.leave();
    assert.deepEqual(
      states.filter((state, index) => state !== states[index - 1]),
      ['connecting', 'ready', 'draining', 'connecting', 'closed'],
    );
  });
});
