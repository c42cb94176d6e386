import type { TLSSocket } from 'node:tls';

/** RFC 5705 asks for a label that no other protocol uses. */
const EXPORTER_LABEL = 'EXPORTER-Portico-Wire-1';
const EXPORTED_BYTES = 32;

/** Bytes that both ends of this TLS connection know, and nobody else does (RFC 8446 §7.5). */
export function exportKeyingMaterial(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(EXPORTED_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
}

/** What the certificate of the other side says, which its authority has signed. */
export function certificateOf(socket: TLSSocket): { readonly uris: readonly string[] } {
  return { uris: parseUris(socket.getPeerX509Certificate()?.subjectAltName ?? '') };
}

/** The names of kind URI. Node quotes those that hold a comma, so that none can pose as two. */
export function parseUris(names: string): string[] {
  const found = names.matchAll(/(?:^|, )(\w[\w ]*):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...found].flatMap(([, kind, name = '']) => {
    if (kind !== 'URI') return [];
    return [name.startsWith('"') ? String(JSON.parse(name)) : name];
  });
}

/** What the certificate of a machine names it as. */
export function toMachineUri(system: string, machine: string): string {
  return `portico://${system}/${machine}`;
}
