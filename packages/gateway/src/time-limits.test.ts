import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import type { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import type { Call } from '@portico/service';
import { converse, createTestGateway } from './fixtures/test-gateway.ts';
import { createBodyReader } from './http/body.ts';
import { parseHead } from './http/head.ts';
import { HTTP_LIMITS } from './http/limits.ts';
import type { BodySink } from './http/request.ts';

const HOST = 'Host: shop.example';

/** A reader on virtual time, and the sink that its body flows into. */
function startReading(length: number) {
  const host = createSimulatedHost({ seed: 1 });
  const head = parseHead(['host', 'a', 'content-length', String(length)], HTTP_LIMITS);
  const flow: { sink?: BodySink; stopped: boolean } = { stopped: false };
  const source = {
    start(sink: BodySink) {
      flow.sink = sink;
    },
    stop() {
      flow.stopped = true;
    },
  };
  const done = createBodyReader(host, HTTP_LIMITS).read(source, head, 1_000_000);
  const result = done.then(
    (bytes) => bytes.byteLength,
    (error: Failure) => error.code,
  );
  return { host, flow, result };
}

test('a body that trickles is given up after the grace', async () => {
  const { host, flow, result } = startReading(100_000);
  for (let second = 0; second < 7; second++) {
    flow.sink?.chunk(new Uint8Array(500));
    await host.advance(1_000);
  }
  assert.equal(await result, 'too-slow');
  assert.equal(flow.stopped, true);
});

test('a body at a kilobyte per second may take its time, but not more than the limit', async () => {
  const fast = startReading(60_000);
  for (let second = 0; second < 28; second++) {
    fast.flow.sink?.chunk(new Uint8Array(2_000));
    await fast.host.advance(1_000);
  }
  fast.flow.sink?.end();
  assert.equal(await fast.result, 56_000);
  const long = startReading(100_000);
  for (let second = 0; second < 32; second++) {
    long.flow.sink?.chunk(new Uint8Array(2_000));
    await long.host.advance(1_000);
  }
  assert.equal(await long.result, 'too-slow');
});

test('a body that ends early is a cancelled call', async () => {
  const { flow, result } = startReading(10);
  flow.sink?.chunk(new Uint8Array(5));
  flow.sink?.fail();
  assert.equal(await result, 'cancelled');
});

test('headers that never end are answered with 408, and the connection ends', async () => {
  const gateway = createTestGateway({ limits: { headersMs: 60, checkEveryMs: 20 } });
  const { public: origin } = await gateway.listen();
  const answer = await converse(origin, `GET /livez HTTP/1.1\n${HOST}\nX-Slow:`);
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /connection: close/);
  await gateway.close();
});

test('a body that never ends is answered with 408, and the connection ends', async () => {
  const gateway = createTestGateway({ limits: { bodyGraceMs: 40, checkEveryMs: 20 } });
  const { public: origin } = await gateway.listen();
  const text = `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: 100\n\nabc`;
  assert.match(await converse(origin, text), /^HTTP\/1\.1 408 .*connection: close/s);
  await gateway.close();
});

test('an old connection is ended with an answer', async () => {
  const gateway = createTestGateway({ limits: { connectionAgeMs: 0 } });
  const { public: origin } = await gateway.listen();
  assert.match(
    await converse(origin, `GET /livez HTTP/1.1\n${HOST}\n\n`),
    /200 OK.*connection: close/s,
  );
  await gateway.close();
});

test('a client that goes away cancels its call', async () => {
  let socket: Socket | undefined;
  const cancelled = Promise.withResolvers<Call>();
  const lines: object[] = [];
  const logged = Promise.withResolvers<void>();
  const log = {
    debug() {},
    warn() {},
    error() {},
    info(fields: object) {
      lines.push(fields);
      logged.resolve();
    },
    child: () => log,
  };
  const gateway = createTestGateway({
    accessLog: log,
    handler: (_operation, _input, call) =>
      new Promise((_resolve, reject) => {
        call.cancellation.onCancel((reason) => {
          cancelled.resolve(call);
          reject(reason);
        });
        socket?.destroy();
      }),
  });
  const { public: origin } = await gateway.listen();
  socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write(`GET /things/v1/things/a HTTP/1.1\r\n${HOST}\r\n\r\n`);
  const call = await cancelled.promise;
  assert.ok(call.cancellation.signal.aborted);
  await logged.promise;
  assert.equal((lines[0] as { status: number }).status, 499);
  await gateway.close();
});

test('a drain lets what is in flight end, and says so on every answer', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const gateway = createTestGateway({
    limits: { drainServeMs: 50 },
    handler: async () => {
      started.resolve();
      await release.promise;
      return { ended: true };
    },
  });
  const { public: origin } = await gateway.listen();
  const slow = converse(origin, `GET /things/v1/things/a HTTP/1.1\n${HOST}\n\n`);
  const idle = converse(origin, `GET /livez HTTP/1.1\n${HOST}\n\n`);
  await started.promise;
  const drained = gateway.drain();
  const ready = await converse(origin, `GET /readyz HTTP/1.1\n${HOST}\n\n`);
  assert.match(ready, /^HTTP\/1\.1 503 .*connection: close/s);
  assert.match(await idle, /200 OK/, 'idle connections are closed by the server');
  release.resolve();
  assert.match(await slow, /200 OK.*connection: close.*"ended":true/s);
  await drained;
  await assert.rejects(converse(origin, `GET /livez HTTP/1.1\n${HOST}\n\n`), /ECONNREFUSED/);
});

test('a drain serves what came while the process could not look', async () => {
  const gateway = createTestGateway({ limits: { drainServeMs: 50 } });
  const { public: origin } = await gateway.listen();
  const { hostname, port } = new URL(origin);
  const client = connect(Number(port), hostname);
  const ask = () => client.write(`GET /livez HTTP/1.1\r\n${HOST}\r\n\r\n`);
  ask();
  await once(client, 'data');
  const startedAt = performance.now();
  const drained = gateway.drain();
  // Right before timers: blocked until the time to serve is over, with a request that nobody has read.
  setImmediate(() => {
    while (performance.now() < startedAt + 100);
    ask();
  });
  const [answer] = await once(client, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 .*connection: close/is);
  await drained;
});

test('a drain does not wait for ever', async () => {
  const gateway = createTestGateway({
    limits: { drainServeMs: 1, drainWorkMs: 30 },
    handler: () => new Promise(() => {}),
  });
  const { public: origin } = await gateway.listen();
  const stuck = converse(origin, `GET /things/v1/things/a HTTP/1.1\n${HOST}\n\n`);
  await converse(origin, `GET /livez HTTP/1.1\n${HOST}\nConnection: close\n\n`);
  await gateway.drain();
  assert.equal(await stuck, '');
});
