import { TLSSocket } from 'node:tls';
import type { Host } from '@portico/host';
import { certificateOf, exportKeyingMaterial } from './certificate.ts';
import { FRAME_MAX_BYTES, HANDSHAKE_LIMIT_MS, IN_FLIGHT_MAX } from './flow-control.ts';
import { FRAME, readU32, writeU32 } from './frame.ts';
import {
  chooseVersion,
  encodeGreeting,
  encodeProof,
  NONCE_BYTES,
  parseHello,
  parseProof,
  parseWelcome,
  VERSIONS,
} from './hello.ts';
import type { Link, LinkEvents } from './link.ts';
import type { OperationTable, UsedApi } from './operation-table.ts';
import type { Claim, Peer, PeerIdentity, Side } from './peer.ts';
import { ProtocolError } from './protocol-error.ts';

/** The process that this one is. */
export interface Self {
  readonly system: string;
  readonly group: string;
  readonly replica: string;
  readonly release: string;
}

/** What both sides need to greet each other. */
export interface HandshakeOptions {
  readonly host: Host;
  readonly self: Self;
  readonly identity: PeerIdentity;
  /** The longest frame that this side takes. Default 4 MiB. */
  readonly frameMax?: number;
}

/** What both sides have agreed on. */
export interface Session {
  readonly peer: Peer;
  readonly frameMax: number;
}

/** What the dialler knows besides. */
export interface DialledSession extends Session {
  readonly table: OperationTable;
  readonly maxInFlight: number;
}

/**
 * The dialler's part: HELLO; WELCOME and PROOF of the acceptor; own PROOF; and CREDIT, with which the
 * acceptor says that it has believed it. No call is made before, so that no outcome is unknown.
 *
 * @throws {ProtocolError} when the other side is not who it should be.
 */
export function dialHandshake(
  link: Link,
  options: HandshakeOptions & {
    /** The replica that should answer. */
    readonly name: string;
    readonly uses: Readonly<Record<string, UsedApi>>;
  },
): Promise<DialledSession> {
  return withinLimit(link, options.host, async () => {
    const { name, uses, identity } = options;
    const hello = { ...greet(options), versions: VERSIONS, uses };
    const helloBytes = encodeGreeting(hello);
    link.sendPreface();
    link.send(FRAME.hello, 0, helloBytes);
    const welcomeBytes = await receive(link, FRAME.welcome);
    const welcome = parseWelcome(welcomeBytes);
    if (!VERSIONS.includes(welcome.version)) {
      throw new ProtocolError(`Version ${welcome.version} was not offered.`);
    }
    const greetings = { link, helloBytes, welcomeBytes };
    const proof = parseProof(await receive(link, FRAME.proof));
    const peer = await verify(identity, { greetings, side: 'acceptor', claim: welcome, proof });
    assertPeer(peer, options.self);
    if (peer.replica !== name) {
      throw new ProtocolError(`"${peer.replica}" answers where "${name}" should.`);
    }
    const strange = Object.keys(welcome.services).filter((api) => !peer.services.includes(api));
    if (strange.length > 0) {
      throw new ProtocolError(`Its grant does not name what it serves: ${strange.join(', ')}.`);
    }
    const message = toMessage('dialler', greetings);
    link.send(FRAME.proof, 0, encodeProof(await identity.prove({ side: 'dialler', message })));
    const maxInFlight = parseCredit(await receive(link, FRAME.credit));
    const frameMax = Math.min(hello.frameMax, welcome.frameMax);
    return { peer, frameMax, table: welcome.services, maxInFlight };
  });
}

/** The acceptor's part. @throws {ProtocolError} when the other side is not who it says. */
export function acceptHandshake(
  link: Link,
  options: HandshakeOptions & {
    readonly table: OperationTable;
    readonly maxInFlight?: number;
    /** @throws to refuse a peer that has proven who it is. */
    readonly admit: (peer: Peer) => void;
  },
): Promise<Session> {
  return withinLimit(link, options.host, async () => {
    const { table, identity, maxInFlight = IN_FLIGHT_MAX } = options;
    const helloBytes = await receive(link, FRAME.hello);
    const hello = parseHello(helloBytes);
    const version = chooseVersion(hello.versions);
    const welcome = { ...greet(options), version, services: table, maxInFlight };
    const welcomeBytes = encodeGreeting(welcome);
    const greetings = { link, helloBytes, welcomeBytes };
    link.sendPreface();
    link.send(FRAME.welcome, 0, welcomeBytes);
    const message = toMessage('acceptor', greetings);
    link.send(FRAME.proof, 0, encodeProof(await identity.prove({ side: 'acceptor', message })));
    const proof = parseProof(await receive(link, FRAME.proof));
    const peer = await verify(identity, { greetings, side: 'dialler', claim: hello, proof });
    assertPeer(peer, options.self);
    options.admit(peer);
    link.send(FRAME.credit, 0, encodeCredit(maxInFlight));
    return { peer, frameMax: Math.min(hello.frameMax, welcome.frameMax) };
  });
}

/** The payload of CREDIT. */
export function encodeCredit(maxInFlight: number): Buffer {
  const payload = Buffer.alloc(4);
  writeU32(payload, 0, maxInFlight);
  return payload;
}

/** @throws {ProtocolError} for anything that is no CREDIT. */
export function parseCredit(payload: Buffer): number {
  const credit = payload.length === 4 ? readU32(payload, 0) : 0;
  if (credit > 0) return credit;
  throw new ProtocolError('A CREDIT that is not 4 bytes, or nothing.');
}

interface Greetings {
  readonly link: Link;
  readonly helloBytes: Uint8Array;
  readonly welcomeBytes: Uint8Array;
}

function greet({ self, identity, host, frameMax = FRAME_MAX_BYTES }: HandshakeOptions) {
  const nonce = Buffer.from(host.random.bytes(NONCE_BYTES)).toString('base64url');
  const { system, group, replica, release } = self;
  return { system, group, replica, release, ...identity.hello(), frameMax, nonce };
}

function toMessage(side: Side, { link, helloBytes, welcomeBytes }: Greetings): Buffer {
  const { socket } = link;
  return Buffer.concat([
    Buffer.from(`PORTICO/1 ${side}\n`, 'latin1'),
    helloBytes,
    welcomeBytes,
    ...(socket instanceof TLSSocket ? [exportKeyingMaterial(socket)] : []),
  ]);
}

async function verify(
  identity: PeerIdentity,
  theirs: {
    readonly greetings: Greetings;
    readonly side: Side;
    readonly claim: Claim;
    readonly proof: Uint8Array;
  },
): Promise<Peer> {
  const { greetings, side, claim, proof } = theirs;
  const message = toMessage(side, greetings);
  const { socket } = greetings.link;
  const certificate = socket instanceof TLSSocket ? certificateOf(socket) : undefined;
  try {
    return await identity.verify({ side, claim, proof, message, certificate });
  } catch (cause) {
    throw new ProtocolError(`"${claim.replica}" has not proven who it is.`, { cause });
  }
}

function assertPeer(peer: Peer, self: Self): void {
  if (peer.system === self.system) return;
  throw new ProtocolError(`A process of "${peer.system}", not of "${self.system}".`);
}

/** The next frame, which must be of this type. Nothing behind it is read before it is asked for. */
function receive(link: Link, type: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { events } = link;
    const restore = () => {
      link.events = events;
    };
    link.events = {
      onFrame(frame) {
        if (frame.type !== type || frame.call !== 0) {
          throw new ProtocolError(`A frame of type ${frame.type} instead of ${type}.`);
        }
        link.pauseReading();
        restore();
        resolve(Buffer.from(frame.bytes.subarray(frame.start, frame.end)));
      },
      onBreach(error) {
        restore();
        events.onBreach(error);
      },
      onClosed(reason) {
        restore();
        events.onClosed(reason);
        reject(new ProtocolError(reason, { silent: true }));
      },
    } satisfies LinkEvents;
    link.resumeReading();
  });
}

async function withinLimit<T>(link: Link, host: Host, greet: () => Promise<T>): Promise<T> {
  const timer = host.timers.after(HANDSHAKE_LIMIT_MS, () => {
    link.destroy(`The handshake took longer than ${HANDSHAKE_LIMIT_MS / 1_000} s.`);
  });
  try {
    return await greet();
  } catch (thrown) {
    const error =
      thrown instanceof ProtocolError
        ? thrown
        : new ProtocolError('The handshake failed.', { cause: thrown });
    link.fail(error);
    throw error;
  } finally {
    timer.cancel();
  }
}
