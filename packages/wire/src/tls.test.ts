import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { TlsMaterial } from './address.ts';
import { parseUris } from './certificate.ts';
import { callOf, createBench, createTestIdentity, getStock, until } from './fixtures.ts';
import type { Proof } from './peer.ts';

const bench = createBench();
const { host, folder } = bench;
afterEach(() => bench.closeAll());

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

function openssl(...parameters: string[]): void {
  const { status, stderr } = spawnSync('openssl', parameters, { cwd: folder });
  assert.equal(status, 0, String(stderr));
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];

/** An authority, and what it signs certificates with. */
function createAuthority(name: string) {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, ...files);
  return (process: string): TlsMaterial => {
    const file = `${name}-${process}`;
    writeFileSync(join(folder, `${file}.ext`), `subjectAltName=URI:portico://shop/${process}\n`);
    openssl(
      'req',
      ...NEW_KEY,
      '-subj',
      `/CN=${process}`,
      '-keyout',
      `${file}.key`,
      '-out',
      `${file}.csr`,
    );
    const authority = ['-CA', `${name}.crt`, '-CAkey', `${name}.key`, '-CAcreateserial'];
    const out = ['-days', '1', '-extfile', `${file}.ext`, '-out', `${file}.crt`];
    openssl('x509', '-req', '-in', `${file}.csr`, ...authority, ...out);
    const read = (path: string) => readFileSync(join(folder, path));
    return { cert: read(`${file}.crt`), key: read(`${file}.key`), ca: read(`${name}.crt`) };
  };
}

describe('between machines', { skip: !hasOpenssl && 'needs openssl' }, () => {
  const issue = hasOpenssl ? createAuthority('mesh') : () => assert.fail('no openssl');
  const isOpen = { host: '127.0.0.1', port: 0 };

  it('both sides show a certificate, and the proof holds for this connection only', async () => {
    const shown: Proof[] = [];
    const spy = (process: string) => {
      const identity = createTestIdentity(process);
      const verify = (theirs: Proof) => {
        shown.push(theirs);
        return identity.verify(theirs);
      };
      return { ...identity, verify };
    };
    const server = await bench.serve((_operation, input) => input, {
      listen: { ...isOpen, tls: issue('inventory-1') },
      identity: spy('inventory-1'),
    });
    const tls = issue('orders-1');
    for (let time = 0; time < 2; time++) {
      const replica = bench.dial({ ...server.address, tls } as never, {
        identity: spy('orders-1'),
      });
      await until(replica, ({ state }) => state === 'ready');
      assert.deepEqual(await replica.call(getStock, { sku: 'a' }, callOf(host)), { sku: 'a' });
      await replica.close();
    }
    assert.deepEqual(
      shown.map(({ side, certificate }) => [side, certificate?.uris]),
      [
        ['acceptor', ['portico://shop/inventory-1']],
        ['dialler', ['portico://shop/orders-1']],
        ['acceptor', ['portico://shop/inventory-1']],
        ['dialler', ['portico://shop/orders-1']],
      ],
    );
    const exported = shown.map(({ message }) => Buffer.from(message).subarray(-32).toString('hex'));
    assert.equal(exported[0], exported[1]);
    assert.equal(exported[2], exported[3]);
    assert.notEqual(exported[0], exported[2]);
  });

  it('nobody is spoken to without a certificate of the same authority', async () => {
    const server = await bench.serve(() => 1, { listen: { ...isOpen, tls: issue('inventory-1') } });
    const stranger = createAuthority('elsewhere')('orders-1');
    for (const tls of [
      stranger,
      { ...stranger, ca: issue('x').ca },
      { ...issue('y'), ca: stranger.ca },
    ]) {
      const replica = bench.dial({ ...server.address, tls } as never);
      while (!replica.log.lines.some((line) => line.startsWith('warn'))) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(replica.state, 'connecting');
    }
    assert.equal(server.connections.length, 0);
  });

  it('new certificates are used for new connections, and nothing older than TLS 1.3 afterwards', async () => {
    const server = await bench.serve((_operation, input) => input, {
      listen: { ...isOpen, tls: issue('inventory-1') },
    });
    let tls = issue('orders-1');
    const replica = bench.dial(() => ({ ...server.address, tls }) as never);
    await until(replica, ({ state }) => state === 'ready');
    // Another authority altogether: whoever still had an old certificate would be turned away.
    const issueAnew = createAuthority('next-mesh');
    server.renewTls(issueAnew('inventory-1'));
    tls = issueAnew('orders-1');
    assert.deepEqual(await replica.call(getStock, { sku: 'a' }, callOf(host)), { sku: 'a' });
    const later = bench.dial({ ...server.address, tls } as never);
    await until(later, ({ state }) => state === 'ready');
    assert.deepEqual(await later.call(getStock, { sku: 'b' }, callOf(host)), { sku: 'b' });
    assert.ok('port' in server.address);
    const { port } = server.address;
    const settings = { ...tls, host: '127.0.0.1', port, checkServerIdentity: () => undefined };
    const old = connectTls({ ...settings, maxVersion: 'TLSv1.2' });
    const problem = await new Promise<Error | undefined>((resolve) => {
      old.once('error', resolve);
      old.once('secureConnect', () => resolve(undefined));
    });
    old.destroy();
    assert.match(String(problem), /protocol version/);
  });

  it('a place where nobody may be is dialled again without a word, until somebody is there', async () => {
    const server = await bench.serve((_operation, input) => input, {
      listen: { ...isOpen, tls: issue('inventory-1') },
    });
    const nobody = await bench.serve(() => 1, { listen: { ...isOpen, tls: issue('nobody') } });
    await nobody.close();
    let dials = 0;
    const tls = issue('orders-1');
    const address = () => ({ ...(++dials > 3 ? server : nobody).address, tls }) as never;
    const replica = bench.dial(address, { expected: false });
    await until(replica, ({ state }) => state === 'ready');
    assert.ok(!replica.log.lines.some((line) => line.startsWith('warn')));
    await server.close();
    await until(replica, ({ state }) => state === 'connecting');
    assert.ok(replica.log.lines.some((line) => line.startsWith('warn')));
  });

  it('plain TCP does not exist', async () => {
    const server = await bench.serve(() => 1, { listen: { ...isOpen, tls: issue('inventory-1') } });
    assert.ok('port' in server.address);
    const socket = connect({ host: '127.0.0.1', port: server.address.port });
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    socket.on('error', () => {});
    socket.write('PORTICO/1\n');
    await new Promise((resolve) => socket.once('close', resolve));
    assert.doesNotMatch(Buffer.concat(heard).toString('latin1'), /PORTICO/);
  });
});

describe('the names in a certificate', () => {
  it('are told apart, however they are written', () => {
    assert.deepEqual(parseUris('URI:portico://a, DNS:b, URI:portico://c'), [
      'portico://a',
      'portico://c',
    ]);
    assert.deepEqual(parseUris('URI:"portico://a, URI:portico://forged"'), [
      'portico://a, URI:portico://forged',
    ]);
    assert.deepEqual(parseUris('DNS:"x, URI:portico://forged"'), []);
    assert.deepEqual(parseUris(''), []);
  });
});
