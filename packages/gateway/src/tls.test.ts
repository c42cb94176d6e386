import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestGateway } from './fixtures/test-gateway.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;

test('a listener with a certificate speaks TLS only, and tells browsers to stay', {
  skip: !openssl && 'needs openssl',
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portico-tls-'));
  const keyFile = join(directory, 'key.pem');
  const certificateFile = join(directory, 'certificate.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
    ...subject,
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  const gateway = createTestGateway({
    listeners: {
      public: { host: '127.0.0.1', port: 0, tls: { keyFile, certificateFile } },
      admin: { host: '127.0.0.1', port: 0 },
    },
  });
  const { public: origin } = await gateway.listen();
  assert.match(origin, /^https:/);
  const { hostname, port } = new URL(origin);
  const ca = readFileSync(certificateFile);
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const options = { hostname, port, path: '/livez', ca, servername: 'localhost', agent: false };
    get(options, (response) => {
      response.resume();
      resolve({ ...response.headers, status: response.statusCode });
    }).on('error', reject);
  });
  assert.equal(headers.status, 200);
  assert.match(String(headers['strict-transport-security']), /max-age=\d{8}/);
  await assert.rejects(fetch(origin.replace('https', 'http')));
  await gateway.close();
  rmSync(directory, { recursive: true });
});
