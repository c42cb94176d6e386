import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Key, parseUris, toMachineUri } from '@portico/wire';
import * as z from 'zod';

/** What a machine proves itself to others with, and whom it believes. */
export interface MachineFiles {
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Machine → the public key of its authority. */
  readonly authorities: Readonly<Record<string, Key>>;
}

/** Where the files are, and what they have to be good for. */
export interface MachineFilesRequest {
  readonly folder: string;
  readonly system: string;
  /** Whose certificate it is. */
  readonly machine: string;
  /** All machines of the system. */
  readonly machines: readonly string[];
  /** Unix time in ms. */
  readonly now: number;
}

/** Files that can be worked with. */
export interface FoundFiles {
  readonly files: MachineFiles;
  /** What other machines will not take, or who will not be believed here, as sentences. */
  readonly doubts: readonly string[];
}

/** A public key (RFC 8037); what else stands there is of no use, and `d` would be the private half. */
const PublicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  d: z.undefined({ error: 'is a private key, which never leaves its machine' }).optional(),
});

/**
 * Reads `cert.pem`, `key.pem`, `ca.pem` and `authorities/MACHINE.json` of the other machines.
 *
 * @throws {Error} with each file that is missing, unreadable, or does not fit this machine, and why.
 */
export function readMachineFiles(request: MachineFilesRequest): FoundFiles {
  const mistakes: string[] = [];
  const doubts: string[] = [];
  const attempt = <T>(file: string, read: (path: string) => T): T | undefined => {
    try {
      return read(join(request.folder, file));
    } catch (problem) {
      mistakes.push(`${file}: ${reasonOf(problem)}`);
      return undefined;
    }
  };
  const cert = attempt('cert.pem', (path) => readCertificates(path));
  const ca = attempt('ca.pem', (path) => readCertificates(path));
  const key = attempt('key.pem', (path) => readKey(path));
  const authorities: Record<string, Key> = {};
  for (const machine of request.machines) {
    if (machine === request.machine) continue;
    const file = authorityFileOf(machine);
    const found = attempt(file, readAuthority);
    if (found === 'absent')
      doubts.push(
        `${file}: is missing. Write there what "portico authority" prints on machine ${machine}.`,
      );
    else if (found) authorities[machine] = found;
  }
  if (cert && key && !cert.first.checkPrivateKey(key.key))
    mistakes.push('key.pem: is not the key of cert.pem');
  if (cert && ca && ![...ca.all, ...cert.all.slice(1)].some((one) => hasSigned(one, cert.first)))
    mistakes.push('cert.pem: was not signed by ca.pem');
  if (cert) {
    mistakes.push(...nameMistakes(cert.first, request));
    doubts.push(...timeDoubts(cert.first, request.now));
  }
  if (mistakes.length > 0 || !cert || !ca || !key) throw notUsable(request.folder, mistakes);
  return { files: { tls: { cert: cert.pem, key: key.pem, ca: ca.pem }, authorities }, doubts };
}

/** Everything that is wrong with a folder of certificates, in one error. */
export function notUsable(folder: string, mistakes: readonly string[]): Error {
  const list = mistakes.map((mistake) => `  - ${mistake}`).join('\n');
  return new Error(`Cannot use the certificates in ${folder} (wire.tls):\n${list}`);
}

/** Changes when one of the files does. */
export function stampOf({
  folder,
  machines,
}: Pick<MachineFilesRequest, 'folder' | 'machines'>): string {
  const stampOfFile = (file: string) => {
    try {
      const { ino, size, mtimeMs } = statSync(join(folder, file));
      return `${ino} ${size} ${mtimeMs}`;
    } catch (problem) {
      return (problem as NodeJS.ErrnoException).code;
    }
  };
  const files = ['cert.pem', 'key.pem', 'ca.pem', ...machines.map(authorityFileOf)];
  return files.map(stampOfFile).join('\n');
}

function authorityFileOf(machine: string): string {
  return `authorities/${machine}.json`;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readCertificates(path: string) {
  const pem = readFileSync(path, 'utf8');
  const all = (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
  const [first] = all;
  if (!first) throw new Error('holds no certificate (PEM)');
  return { pem, all, first };
}

function readKey(path: string) {
  const pem = readFileSync(path, 'utf8');
  return { pem, key: createPrivateKey(pem) };
}

function readAuthority(path: string): Key | 'absent' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw problem;
  }
  const result = PublicKey.safeParse(JSON.parse(text));
  if (result.success) return { kty: 'OKP', crv: 'Ed25519', x: result.data.x };
  const [issue] = result.error.issues;
  const isPrivate = issue?.path[0] === 'd';
  throw new Error(isPrivate ? issue.message : 'is no public key as "portico authority" prints it');
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function nameMistakes(
  { subjectAltName = '' }: X509Certificate,
  { system, machine }: MachineFilesRequest,
): readonly string[] {
  const uri = toMachineUri(system, machine);
  const uris = parseUris(subjectAltName);
  if (uris.includes(uri)) return [];
  return [`cert.pem: needs the URI name ${uri}; it has ${uris.join(', ') || 'none'}`];
}

function timeDoubts({ validFrom, validTo }: X509Certificate, now: number): readonly string[] {
  if (now >= Date.parse(validTo)) return [`cert.pem: has expired on ${validTo}`];
  return now < Date.parse(validFrom) ? [`cert.pem: is not valid before ${validFrom}`] : [];
}

function reasonOf(problem: unknown): string {
  const { code, message } = problem as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'is missing';
  return code === 'EACCES' ? 'may not be read' : message;
}
