import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { createSimulatedHost, type Host } from '@portico/host';
import fc from 'fast-check';
import {
  callOf,
  createBench,
  createTestIdentity,
  dialRaw,
  failureOf,
  getStock,
  Inventory,
  PEERS,
  until,
} from './fixtures.ts';
import {
  callerFrame,
  dialBare,
  dialProven,
  EMPTY,
  hello,
  json,
  type RawDialler,
  requestFrame,
} from './fixtures-raw.ts';
import { encodeFrame, FRAME, FrameReader, PREFACE } from './frame.ts';
import { encodeProof } from './hello.ts';
import { numberOperations } from './operation-table.ts';
import type { Peer } from './peer.ts';

const bench = createBench();
const { host } = bench;
afterEach(() => bench.closeAll());

/** An acceptor that proves who it is, and sends `answer` as soon as a call arrives. Its address. */
async function acceptWith(answer: Buffer): Promise<string> {
  const path = `${bench.folder}/raw-${accepting++}.sock`;
  const identity = createTestIdentity('inventory-1');
  const server = createServer((socket) => {
    const reader = new FrameReader(1 << 20, ({ type, bytes, start, end }) => {
      if (type === FRAME.proof)
        socket.write(encodeFrame(FRAME.credit, 0, Buffer.from([0, 0, 0, 9])));
      if (type === FRAME.request) socket.write(answer);
      if (type === FRAME.hello) void greet(Buffer.from(bytes.subarray(start, end)));
    });
    const greet = async (helloBytes: Buffer) => {
      const { versions: _versions, uses: _uses, ...common } = hello;
      const { table } = numberOperations([Inventory]);
      const welcome = json({
        ...{ ...common, ...identity.hello(), replica: 'inventory-1' },
        ...{ version: 1, services: table, maxInFlight: 9 },
      });
      const message = Buffer.concat([Buffer.from('PORTICO/1 acceptor\n'), helloBytes, welcome]);
      const proof = await identity.prove({ side: 'acceptor', message });
      socket.write(PREFACE);
      socket.write(encodeFrame(FRAME.welcome, 0, welcome));
      socket.write(encodeFrame(FRAME.proof, 0, encodeProof(proof)));
    };
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => {});
    socket.once('close', () => server.close());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}
let accepting = 0;

/** A server that answers, and one caller of it who must not notice anything. */
async function serveWithWitness() {
  const server = await bench.serve((_operation, input) => input);
  const witness = await bench.connect(server, { self: PEERS['edge-1'] as Peer });
  const works = async () => {
    const call = callOf(host, { from: undefined, caller: { permissions: new Set(), via: 'x' } });
    assert.deepEqual(await witness.call(getStock, { sku: 'a' }, call), { sku: 'a' });
    assert.equal(witness.state, 'ready');
  };
  return { server, works };
}

function reasonOf(raw: RawDialler): string {
  const last = raw.frames.findLast(({ type, call }) => type === FRAME.error && call === 0);
  return last ? String(JSON.parse(last.payload.subarray(2).toString()).message) : '';
}

describe('a stranger', () => {
  it('that speaks something else is left without a word', async () => {
    const { server, works } = await serveWithWitness();
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\0\x01\0', 'PORTICO/2\n']) {
      const raw = dialRaw(server.path);
      raw.socket.write(Buffer.from(bytes, 'latin1'));
      await raw.closed;
      assert.equal(raw.received().length, 0);
    }
    await works();
  });

  it('with a broken greeting is told what is wrong, and the connection ends', async () => {
    const { server, works } = await serveWithWitness();
    const greetings: [Buffer, RegExp][] = [
      [encodeFrame(FRAME.hello, 0, Buffer.from('{')), /HELLO is no JSON/],
      [encodeFrame(FRAME.hello, 0, Buffer.from('[]')), /HELLO is no object/],
      [encodeFrame(FRAME.hello, 7, Buffer.from(JSON.stringify(hello))), /instead of 1/],
      [encodeFrame(FRAME.welcome, 0, Buffer.from(JSON.stringify(hello))), /instead of 1/],
      [requestFrame(1), /instead of 1/],
      [encodeFrame(FRAME.hello, 0, json({ ...hello, versions: [9] })), /No common version/],
      [encodeFrame(FRAME.hello, 0, json({ ...hello, nonce: 'short' })), /nonce.*not 32 bytes/],
      [encodeFrame(FRAME.hello, 0, json({ ...hello, frameMax: 1 })), /frameMax.*no whole number/],
      [Buffer.from([0xff, 0xff, 0xff, 0xff]), /A frame of 4294967295 bytes/],
      [Buffer.from([0, 0, 0, 5]), /A frame of 5 bytes/],
      [Buffer.from([0, 5, 0, 0]), /A frame of 327680 bytes/],
    ];
    for (const [bytes, reason] of greetings) {
      const raw = dialRaw(server.path);
      raw.socket.write(Buffer.concat([PREFACE, bytes]));
      await raw.closed;
      assert.match(raw.received().toString(), reason);
    }
    await works();
  });

  it('without a proof gets no further', async () => {
    const { server, works } = await serveWithWitness();
    const proofs = [
      encodeFrame(FRAME.proof, 0, encodeProof(Buffer.alloc(32))),
      encodeFrame(FRAME.proof, 0, Buffer.from('{}')),
      callerFrame,
      requestFrame(1),
    ];
    for (const proof of proofs) {
      const raw = dialBare(server.path);
      raw.send(PREFACE, encodeFrame(FRAME.hello, 0, json(hello)));
      await raw.until(2);
      raw.send(proof, callerFrame, requestFrame(1));
      await raw.closed;
      assert.notEqual(reasonOf(raw), '');
    }
    await works();
  });

  it('cannot use the proof of another connection', async () => {
    const { server, works } = await serveWithWitness();
    const heard: Buffer[] = [];
    const first = await dialProven(server.path);
    heard.push(...first.frames.map(({ payload }) => payload));
    const identity = createTestIdentity('orders-1');
    const helloBytes = Buffer.from(JSON.stringify({ ...hello, ...identity.hello() }));
    const message = Buffer.concat([
      Buffer.from('PORTICO/1 dialler\n'),
      helloBytes,
      heard[0] ?? EMPTY,
    ]);
    const replayed = encodeProof(await identity.prove({ side: 'dialler', message }));
    const raw = dialBare(server.path);
    raw.send(PREFACE, encodeFrame(FRAME.hello, 0, helloBytes));
    await raw.until(2);
    raw.send(encodeFrame(FRAME.proof, 0, replayed));
    await raw.closed;
    assert.match(reasonOf(raw), /has not proven who it is/);
    await works();
  });

  it('that takes its time is left after 2 s', async () => {
    const simulated = createSimulatedHost({ seed: 1 });
    const real: Host = host;
    const server = await bench.serve(() => 1, { host: { ...real, timers: simulated.timers } });
    const silent = dialRaw(server.path);
    const slow = dialRaw(server.path);
    slow.socket.write(PREFACE.subarray(0, 4));
    const stuck = dialBare(server.path);
    stuck.send(PREFACE, encodeFrame(FRAME.hello, 0, json(hello)));
    await stuck.until(2);
    await simulated.advance(1_999);
    assert.equal(stuck.socket.destroyed, false);
    await simulated.advance(1);
    await Promise.all([silent.closed, slow.closed, stuck.closed]);
  });
});

describe('a peer that breaks the protocol', () => {
  const breaches: Readonly<Record<string, () => Uint8Array[]>> = {
    'a call number used twice': () => [requestFrame(1), requestFrame(1)],
    'call numbers out of order': () => [requestFrame(2)],
    'the number of the connection as a call': () => [requestFrame(0)],
    'a length beyond what was agreed': () => [Buffer.from([0x7f, 0, 0, 0])],
    'a length below the header': () => [Buffer.from([0, 0, 0, 3])],
    'a type that does not exist': () => [encodeFrame(0x7f, 0, EMPTY)],
    'a type that is kept for streams': () => [encodeFrame(0x10, 1, EMPTY)],
    'a flag that does not exist': () => {
      const frame = requestFrame(1);
      frame[5] = 0x80;
      return [frame];
    },
    'an answer, though it is the dialler': () => [encodeFrame(FRAME.response, 1, Buffer.from([0]))],
    'credit, though it is the dialler': () => [encodeFrame(FRAME.credit, 0, Buffer.alloc(4, 1))],
    'another greeting': () => [encodeFrame(FRAME.hello, 0, json(hello))],
    'another proof': () => [encodeFrame(FRAME.proof, 0, encodeProof(Buffer.alloc(32)))],
    'the preface again': () => [PREFACE],
    'a request that is too short': () => [encodeFrame(FRAME.request, 1, Buffer.alloc(3))],
    'broken meta data': () => [requestFrame(1, { meta: '{"trace":' })],
    'a cancel with a payload': () => [
      requestFrame(1),
      encodeFrame(FRAME.cancel, 1, Buffer.alloc(1)),
    ],
    'a cancel of a call to come': () => [encodeFrame(FRAME.cancel, 9, EMPTY)],
    'a ping of another length': () => [encodeFrame(FRAME.ping, 0, Buffer.alloc(7))],
    'a ping about a call': () => [encodeFrame(FRAME.ping, 3, Buffer.alloc(8))],
    'a caller that is none': () => [encodeFrame(FRAME.caller, 0, Buffer.from('\0\0{'))],
    'a caller number that is too high': () => [
      encodeFrame(FRAME.caller, 0, Buffer.from('\xff\xff{}', 'latin1')),
    ],
    'a caller about a call': () => [encodeFrame(FRAME.caller, 1, Buffer.from('\0\0{}'))],
  };
  for (const [what, bytes] of Object.entries(breaches)) {
    it(`with ${what} is told so and left, and nobody else notices`, async () => {
      const { server, works } = await serveWithWitness();
      const raw = await dialProven(server.path);
      raw.send(callerFrame, ...bytes());
      await raw.closed;
      assert.notEqual(reasonOf(raw), '');
      assert.equal(server.connections.length, 1);
      await works();
    });
  }

  it('by more calls than it is allowed is left, and its calls are aborted', async () => {
    const aborted: string[] = [];
    const server = await bench.serve(
      (_operation, _input, { cancellation }) => {
        cancellation.onCancel(({ message }) => aborted.push(message));
        return new Promise(() => {});
      },
      { maxInFlight: 3 },
    );
    const raw = await dialProven(server.path);
    raw.send(callerFrame, ...[1, 2, 3, 4].map((call) => requestFrame(call)));
    await raw.closed;
    assert.match(reasonOf(raw), /More than 3 calls without an answer/);
    assert.equal(aborted.length, 3);
    assert.equal(server.connections.length, 0);
  });

  it('for the third time is refused for a minute, with an alarm', async () => {
    const simulated = createSimulatedHost({ seed: 1 });
    const server = await bench.serve((_operation, input) => input, {
      host: { ...host, clock: simulated.clock },
    });
    for (let breach = 0; breach < 3; breach++) {
      const raw = await dialProven(server.path);
      raw.send(encodeFrame(0x7f, 0, EMPTY));
      await raw.closed;
    }
    assert.ok(server.log.lines.includes('error A peer is refused for a minute: third breach.'));
    const refused = await dialProven(server.path);
    await refused.closed;
    assert.match(reasonOf(refused), /refused for 60 s more/);
    const other = await dialProven(server.path, 'edge-1');
    assert.equal(other.frames.at(-1)?.type, FRAME.credit);
    await simulated.advance(60_000);
    const again = await dialProven(server.path);
    assert.equal(again.frames.at(-1)?.type, FRAME.credit);
  });
});

describe('a caller that is merely wrong', () => {
  it('gets an answer for each mistake, and keeps its connection', async () => {
    const { server } = await serveWithWitness();
    const raw = await dialProven(server.path);
    const other = requestFrame(2);
    other.writeUInt16BE(999, 10);
    const nobody = requestFrame(3);
    nobody.writeUInt16BE(77, 12);
    raw.send(callerFrame, requestFrame(1, { input: '{"sku":' }), other, nobody);
    raw.send(requestFrame(4, { input: '{"sku":"a"}' }));
    await raw.until(7);
    const answers = raw.frames.slice(3).map(({ type, call, payload }) => {
      const skipped = type === FRAME.error ? 2 : 1;
      const value = JSON.parse(payload.subarray(skipped).toString());
      return [call, value.code ?? value];
    });
    assert.deepEqual(answers, [
      [1, 'invalid'],
      [2, 'unknown-operation'],
      [3, 'unauthenticated'],
      [4, { sku: 'a' }],
    ]);
  });
});

describe('an acceptor that breaks the protocol', () => {
  it('is left by the dialler, whose calls are UNAVAILABLE', async () => {
    const answers = [
      encodeFrame(FRAME.response, 99, Buffer.from([0])),
      encodeFrame(FRAME.response, 1, EMPTY),
      encodeFrame(FRAME.response, 1, Buffer.from('\0{')),
      encodeFrame(FRAME.error, 1, Buffer.from('\x08\0{')),
      encodeFrame(FRAME.error, 1, Buffer.from('\xee\0{"code":"x","message":"y"}', 'latin1')),
      encodeFrame(FRAME.error, 1, EMPTY),
      encodeFrame(FRAME.goAway, 0, EMPTY),
      encodeFrame(FRAME.goAway, 1, Buffer.from('\0\0\0\0{}')),
      encodeFrame(FRAME.credit, 1, Buffer.alloc(4, 1)),
      encodeFrame(FRAME.credit, 0, EMPTY),
      encodeFrame(FRAME.credit, 0, Buffer.alloc(4)),
      encodeFrame(FRAME.request, 1, Buffer.alloc(12)),
      encodeFrame(0x1f, 1, EMPTY),
      Buffer.from([0xff, 0, 0, 0]),
    ];
    for (const [index, answer] of answers.entries()) {
      const path = await acceptWith(answer);
      const replica = bench.dial({ path });
      await until(replica, ({ state }) => state === 'ready');
      const failure = await failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
      assert.equal(failure.class, 'UNAVAILABLE', `answer ${index}`);
      assert.ok(replica.log.lines.some((line) => line.includes('broke the protocol')));
      await replica.close({ now: true });
    }
  });
});

describe('anything at all', () => {
  it('sent by a stranger or a peer ends at worst its own connection', async () => {
    const { server, works } = await serveWithWitness();
    const before = server.connections.length;
    const frame = fc.oneof(
      { weight: 3, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      {
        weight: 5,
        arbitrary: fc
          .tuple(fc.integer({ min: 0, max: 0x12 }), fc.nat(5), fc.uint8Array({ maxLength: 60 }))
          .map(([type, call, payload]) => encodeFrame(type, call, payload)),
      },
      { weight: 3, arbitrary: fc.nat(4).map((call) => requestFrame(call)) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.nat(4), fc.string({ maxLength: 40 }), fc.string({ maxLength: 20 }))
          .map(([call, input, meta]) => requestFrame(call, { input, meta })),
      },
      { weight: 2, arbitrary: fc.constant(callerFrame) },
      { weight: 1, arbitrary: fc.constant(PREFACE) },
    );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(frame, { maxLength: 12 }), async (proven, bytes) => {
        // A new name for each, so that penalties do not keep the later ones out.
        const raw = proven
          ? await dialProven(server.path, `spare-${runs++}`)
          : dialBare(server.path);
        for (const each of bytes) raw.send(each);
        raw.socket.end();
        await raw.closed;
      }),
      { numRuns: 300 },
    );
    await works();
    while (server.connections.length > before) await new Promise((done) => setImmediate(done));
    assert.equal(server.connections.length, before);
  });
});
