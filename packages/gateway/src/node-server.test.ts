import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { converse, createTestGateway } from './fixtures/test-gateway.ts';

const gateway = createTestGateway();
const { public: origin, admin } = await gateway.listen();
after(() => gateway.close());

const TARGET = '/things/v1/things/a';
const HOST = 'Host: shop.example';
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
/** The one answer to bytes after which the connection must be closed by the server. */
const statusAfter = async (text: string) => {
  const answer = await converse(origin, text);
  assert.equal(
    answer.split('HTTP/1.1 ').length,
    2,
    `one answer to ${JSON.stringify(text)}: ${answer}`,
  );
  assert.match(answer, /\r\nconnection: close\r\n/i, text);
  assert.match(answer, /x-content-type-options: nosniff/, text);
  return statusOf(answer);
};

test('a request is answered over a socket', async () => {
  const answer = await converse(origin, `GET ${TARGET} HTTP/1.1\n${HOST}\nConnection: close\n\n`);
  assert.equal(statusOf(answer), 200);
  assert.match(answer, /"operation":"things.getThing"/);
  assert.doesNotMatch(answer, /server:|x-powered-by/i);
});

const REFUSED: readonly [title: string, text: string][] = [
  ['two Host headers', `GET ${TARGET} HTTP/1.1\n${HOST}\nHost: other.example\n\n`],
  ['no Host header', `GET ${TARGET} HTTP/1.1\n\n`],
  [
    'two Authorization headers',
    `GET ${TARGET} HTTP/1.1\n${HOST}\nAuthorization: Bearer a\nAuthorization: Bearer b\n\n`,
  ],
  ['two X-Api-Key headers', `GET ${TARGET} HTTP/1.1\n${HOST}\nX-Api-Key: a\nX-Api-Key: b\n\n`],
  [
    'two Content-Length headers',
    `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: 1\nContent-Length: 1\n\nx`,
  ],
  ['a Content-Length list', `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: 1, 1\n\nx`],
  ['a signed Content-Length', `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: +1\n\nx`],
  [
    'Content-Length beside Transfer-Encoding',
    `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n`,
  ],
  [
    'a transfer coding beside chunked',
    `POST /things/v1/things HTTP/1.1\n${HOST}\nTransfer-Encoding: gzip, chunked\n\n0\n\n`,
  ],
  [
    'chunked with a trailing blank name',
    `POST /things/v1/things HTTP/1.1\n${HOST}\nTransfer-Encoding : chunked\n\n0\n\n`,
  ],
  [
    'chunked in HTTP/1.0',
    `POST /things/v1/things HTTP/1.0\n${HOST}\nTransfer-Encoding: chunked\n\n0\n\n`,
  ],
  [
    'an absolute target of another authority',
    `GET http://other.example${TARGET} HTTP/1.1\n${HOST}\n\n`,
  ],
  ['a body on GET', `GET ${TARGET} HTTP/1.1\n${HOST}\nContent-Length: 1\n\nx`],
  ['a body on HEAD', `HEAD ${TARGET} HTTP/1.1\n${HOST}\nContent-Length: 1\n\nx`],
  ['a chunked body on GET', `GET ${TARGET} HTTP/1.1\n${HOST}\nTransfer-Encoding: chunked\n\n0\n\n`],
  ['a backslash in the target', `GET /things\\v1 HTTP/1.1\n${HOST}\n\n`],
  ['%00 in the target', `GET ${TARGET}%00 HTTP/1.1\n${HOST}\n\n`],
  ['a fragment in the target', `GET ${TARGET}#x HTTP/1.1\n${HOST}\n\n`],
  ['a folded header', `GET ${TARGET} HTTP/1.1\n${HOST}\nX-A: b\n c\n\n`],
  ['a control character in a header', `GET ${TARGET} HTTP/1.1\n${HOST}\nX-A: \u0001\n\n`],
  ['a Host that is none', `GET ${TARGET} HTTP/1.1\nHost: a/b\n\n`],
  ['another protocol', `GET ${TARGET} HTTP/3.0\n${HOST}\n\n`],
  ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000'],
  [
    'a broken chunk',
    `POST /things/v1/things HTTP/1.1\n${HOST}\nTransfer-Encoding: chunked\n\nzz\n\n`,
  ],
];

for (const [title, text] of REFUSED) {
  test(`${title}: 400, and the connection ends`, async () => {
    assert.equal(await statusAfter(text), 400);
  });
}

test('what is too long has its own answers', async () => {
  assert.equal(await statusAfter(`GET /${'a'.repeat(9_000)} HTTP/1.1\n${HOST}\n\n`), 414);
  assert.equal(await statusAfter(`GET /${'a'.repeat(40_000)} HTTP/1.1\n${HOST}\n\n`), 414);
  assert.equal(
    await statusAfter(`GET ${TARGET} HTTP/1.1\n${HOST}\nX-A: ${'a'.repeat(17_000)}\n\n`),
    431,
  );
  assert.equal(
    await statusAfter(`GET ${TARGET} HTTP/1.1\n${HOST}\nX-A: ${'a'.repeat(40_000)}\n\n`),
    431,
  );
  assert.equal(
    await statusAfter(`GET ${TARGET} HTTP/1.1\n${HOST}\n${'X-A: a\n'.repeat(100)}\n`),
    431,
  );
});

test('a body that announces too much is refused before it is read', async () => {
  const text = `POST /things/v1/things HTTP/1.1\n${HOST}\nContent-Length: 1048577\n\n`;
  assert.equal(await statusAfter(text), 413);
});

test('a chunked body is counted while it flows', async () => {
  const chunk = `10000\n${'a'.repeat(65_536)}\n`;
  const text = `POST /things/v1/things HTTP/1.1\n${HOST}\nTransfer-Encoding: chunked\n\n${chunk.repeat(17)}0\n\n`;
  assert.equal(await statusAfter(text), 413);
});

test('CONNECT and TRACE are refused', async () => {
  assert.equal(await statusAfter(`CONNECT other.example:443 HTTP/1.1\n${HOST}\n\n`), 405);
  const trace = await converse(origin, `TRACE ${TARGET} HTTP/1.1\n${HOST}\nConnection: close\n\n`);
  assert.equal(statusOf(trace), 405);
});

test('an upgrade is ignored', async () => {
  const text = `GET ${TARGET} HTTP/1.1\n${HOST}\nUpgrade: h2c\nConnection: Upgrade, close\n\n`;
  assert.equal(statusOf(await converse(origin, text)), 200);
});

test('a client that waits is told to continue only when its body is wanted', async () => {
  const ask = (target: string, length: number, body = '') =>
    converse(
      origin,
      `POST ${target} HTTP/1.1\n${HOST}\nExpect: 100-continue\nConnection: close\nContent-Length: ${length}\n\n${body}`,
    );
  const wanted = await ask('/things/v1/things', 2, 'ab');
  assert.match(wanted, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  assert.equal(statusOf(await ask('/nowhere', 2)), 404);
  assert.equal(statusOf(await ask('/things/v1/things', 2_000_000)), 413);
});

test('requests sent at once on one connection are answered in their order', async () => {
  const one = (name: string, more = '') =>
    `GET /things/v1/things/${name} HTTP/1.1\n${HOST}\n${more}\n`;
  const answer = await converse(origin, one('a') + one('b') + one('c', 'Connection: close\n'));
  assert.deepEqual(
    [...answer.matchAll(/"name":"(\w)"/g)].map(([, name]) => name),
    ['a', 'b', 'c'],
  );
});

test('a small unread body does not cost the connection', async () => {
  const post = `POST /nowhere HTTP/1.1\n${HOST}\nContent-Length: 5\n\nhello`;
  const answer = await converse(
    origin,
    `${post}GET ${TARGET} HTTP/1.1\n${HOST}\nConnection: close\n\n`,
  );
  assert.deepEqual(
    [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['404', '200'],
  );
});

test('HTTP/1.0 without a Host is served', async () => {
  assert.equal(statusOf(await converse(origin, `GET ${TARGET} HTTP/1.0\n\n`)), 200);
});

test('a gzipped body is inflated, under the limit of a body', async () => {
  const send = async (plain: Buffer) => {
    const body = gzipSync(plain);
    const head = `POST /things/v1/things HTTP/1.1\n${HOST}\nConnection: close\nContent-Encoding: gzip\nContent-Length: ${body.length}\n\n`;
    const response = await fetch(`${origin}/things/v1/things`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    assert.ok(head);
    return response;
  };
  const good = await send(Buffer.from('hello'));
  assert.deepEqual(((await good.json()) as { input: object }).input, { body: 'hello' });
  assert.equal((await send(Buffer.alloc(900_000))).status, 413);
  assert.equal((await send(Buffer.alloc(5_000_000))).status, 413);
});

test('the admin listener answers only under its own addresses', async () => {
  const port = new URL(admin).port;
  const ask = (host: string, more = '') =>
    converse(admin, `GET /livez HTTP/1.1\nHost: ${host}\n${more}Connection: close\n\n`);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    assert.equal(statusOf(await ask(host)), 200, host);
  }
  for (const host of ['127.0.0.1', `evil.example:${port}`, 'localhost:1', 'evil.example']) {
    assert.equal(statusOf(await ask(host)), 403, host);
  }
  assert.equal(statusOf(await ask(`localhost:${port}`, 'Origin: http://evil.example\n')), 403);
  assert.equal(statusOf(await ask(`localhost:${port}`, `Origin: http://localhost:${port}\n`)), 200);
});

test('an address that is taken says so, and nothing stays open', async () => {
  const port = Number(new URL(origin).port);
  const second = createTestGateway({
    listeners: { public: { host: '127.0.0.1', port }, admin: { host: '127.0.0.1', port: 0 } },
  });
  await assert.rejects(second.listen(), /Cannot start the gateway: .*in use/);
});

test('connections from one address are bounded', async () => {
  const narrow = createTestGateway({ limits: { connectionsPerAddress: 2 } });
  const { public: open } = await narrow.listen();
  const port = Number(new URL(open).port);
  const sockets = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
  const closed = new Promise((resolve) => sockets[2]?.on('close', resolve));
  sockets[2]?.on('error', () => {});
  await closed;
  const [first] = sockets;
  first?.write(`GET /livez HTTP/1.1\r\n${HOST}\r\n\r\n`);
  const answer = await new Promise((resolve) => first?.once('data', resolve));
  assert.match(String(answer), /200 OK/);
  for (const socket of sockets) socket.destroy();
  await narrow.close();
});
