import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import type { Logger } from '@portico/service';
import { createKeyPair } from '@portico/wire';
import { followMachineFiles } from './follow-machine-files.ts';
import { readMachineFiles } from './machine-files.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const isRequired = process.env.PORTICO_REQUIRE_SERVICES === '1';
const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'mesh-'));
after(() => rmSync(root, { recursive: true, force: true }));

function openssl(cwd: string, parameters: string): void {
  const { status, stderr } = spawnSync('openssl', parameters.split(' '), { cwd });
  assert.equal(status, 0, String(stderr));
}

/** The folder of machine a, as its operator makes it; a certificate of one day. */
function createFolder(name = 'portico://shop/a'): string {
  const folder = mkdtempSync(join(root, 'a-'));
  mkdirSync(join(folder, 'authorities'));
  openssl(folder, `req -x509 ${NEW_KEY} -days 9 -subj /CN=mesh -keyout ca.key -out ca.pem`);
  issue(folder, name);
  writeAuthority(folder, createKeyPair().publicKey);
  return folder;
}

function issue(folder: string, name: string): void {
  const names = `subjectAltName=URI:${name}`;
  openssl(folder, `req ${NEW_KEY} -subj /CN=a -addext ${names} -keyout key.pem -out csr.pem`);
  const signed = '-CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days 1';
  openssl(folder, `x509 -req -in csr.pem ${signed} -out cert.pem`);
}

function writeAuthority(folder: string, key: object): void {
  writeFileSync(join(folder, 'authorities', 'b.json'), JSON.stringify(key));
}

const requestFor = (folder: string, now = Date.now()) => ({
  ...{ folder, system: 'shop', machine: 'a', machines: ['a', 'b'], now },
});
const mistakesOf = (folder: string): string => {
  try {
    readMachineFiles(requestFor(folder));
    return '';
  } catch (problem) {
    return (problem as Error).message;
  }
};

function createErrorLog(errors: string[]): Logger {
  const ignore = () => {};
  const log: Logger = {
    ...{ debug: ignore, info: ignore, warn: ignore, child: () => log },
    error: (_fields: object, message: string) => void errors.push(message),
  };
  return log;
}

describe('the files of a machine', { skip: !hasOpenssl && !isRequired && 'needs openssl' }, () => {
  it('are its certificate, its key, who signs them, and the authorities of the others', () => {
    const folder = createFolder();
    const { files, doubts } = readMachineFiles(requestFor(folder));
    assert.deepEqual(doubts, []);
    assert.equal(files.tls.cert, readFileSync(join(folder, 'cert.pem'), 'utf8'));
    assert.deepEqual(Object.keys(files.authorities), ['b']);
  });

  it('are refused with every one that is missing or is something else', () => {
    const folder = createFolder();
    rmSync(join(folder, 'key.pem'));
    writeFileSync(join(folder, 'ca.pem'), 'nothing');
    writeAuthority(folder, { kty: 'EC' });
    const said = mistakesOf(folder);
    assert.match(said, /^Cannot use the certificates in .*a-.* \(wire\.tls\):/);
    assert.match(said, /key\.pem: is missing/);
    assert.match(said, /ca\.pem: holds no certificate/);
    assert.match(said, /authorities\/b\.json: is no public key/);
  });

  it('are refused when they do not fit each other, or this machine', () => {
    const folder = createFolder('portico://shop/b');
    assert.match(
      mistakesOf(folder),
      /cert\.pem: needs the URI name portico:\/\/shop\/a; it has portico:\/\/shop\/b/,
    );
    const other = createFolder();
    for (const file of ['key.pem', 'ca.pem'])
      writeFileSync(join(folder, file), readFileSync(join(other, file)));
    assert.match(mistakesOf(folder), /key\.pem: is not the key of cert\.pem/);
    assert.match(mistakesOf(folder), /cert\.pem: was not signed by ca\.pem/);
  });

  it('never hold the private half of an authority', () => {
    const folder = createFolder();
    writeAuthority(folder, createKeyPair().privateKey);
    assert.match(mistakesOf(folder), /authorities\/b\.json: is a private key, which never leaves/);
  });

  it('are doubtful outside of their time, and without the authority of another', () => {
    const folder = createFolder();
    rmSync(join(folder, 'authorities', 'b.json'));
    const doubtsAt = (now: number) => readMachineFiles(requestFor(folder, now)).doubts.join('\n');
    assert.match(
      doubtsAt(Date.now()),
      /b\.json: is missing\. Write there what "portico authority"/,
    );
    assert.match(doubtsAt(Date.now() + 2 * DAY_MS), /cert\.pem: has expired on/);
    assert.match(doubtsAt(Date.now() - 2 * DAY_MS), /cert\.pem: is not valid before/);
  });

  it('are followed: what is new is used, what is broken is not', async () => {
    const folder = createFolder();
    const host = createSimulatedHost({ seed: 1, startAt: Date.now() });
    const errors: string[] = [];
    const log = createErrorLog(errors);
    const { now: _, ...request } = requestFor(folder);
    const first = readMachineFiles(requestFor(folder)).files;
    const followed = followMachineFiles({ request, host, log, first });
    const seen: string[] = [];
    followed.onChange(({ tls }) => seen.push(tls.cert));
    await host.advance(10_000);
    assert.equal(followed.files, first);
    issue(folder, 'portico://shop/a');
    await host.advance(2_000);
    assert.deepEqual(seen, [readFileSync(join(folder, 'cert.pem'), 'utf8')]);
    writeFileSync(join(folder, 'cert.pem'), 'broken');
    await host.advance(10_000);
    assert.deepEqual(errors, ['Certificates can not be used; the old ones are.']);
    assert.deepEqual([followed.files.tls.cert], seen);
    // Whose file is gone is believed no more.
    writeFileSync(join(folder, 'cert.pem'), followed.files.tls.cert);
    rmSync(join(folder, 'authorities', 'b.json'));
    await host.advance(2_000);
    assert.deepEqual(followed.files.authorities, {});
  });
});
