import type { Caller } from '@portico/service';

/** A process on the other side of a connection, once it has proven itself. */
export interface Peer {
  readonly system: string;
  readonly group: string;
  /** Its name within the system: `cart-2`. */
  readonly replica: string;
  readonly release: string;
  /** The services in whose name it may call, and for which it may answer. */
  readonly services: readonly string[];
  /** Whether tokens that it has made itself are believed. */
  readonly mints: boolean;
  /** Whether it may call without a service's name. */
  readonly gateway: boolean;
}

/** What a process says of itself before it has proven any of it. */
export interface Claim {
  readonly system: string;
  readonly group: string;
  readonly replica: string;
  readonly release: string;
  /** The name of the process in its grant. */
  readonly process: string;
  /** What the supervisor has signed, as the implementation encodes it; may be empty between machines. */
  readonly grant: string;
}

/** Dialler and acceptor sign different texts, so that neither's proof can be sent back to it. */
export type Side = 'dialler' | 'acceptor';

/** What a proof is made over. */
export interface ProofContext {
  /** Whose proof it is. */
  readonly side: Side;
  /**
   * The bytes to sign: the side, both greetings with their nonces, and on TLS keying material of this very
   * connection (RFC 5705), so that a proof is worth nothing on any other.
   */
  readonly message: Uint8Array;
}

/** What the other side has shown. */
export interface Proof extends ProofContext {
  readonly claim: Claim;
  readonly proof: Uint8Array;
  /** Between machines: the names (URI) in the certificate, which the authority of `tls` has signed. */
  readonly certificate: { readonly uris: readonly string[] } | undefined;
}

/** How a process proves who it is, and knows others. Its implementation holds the keys. */
export interface PeerIdentity {
  /** What is told of itself before any proof. */
  hello(): { readonly process: string; readonly grant: string };
  prove(context: ProofContext): Uint8Array | Promise<Uint8Array>;
  /** @throws when the proof, or what it is a proof of, does not hold: the connection ends. */
  verify(theirs: Proof): Promise<Peer>;
}

/** A caller as it travels: no token is the calling service itself, or at the edge the anonymous. */
export interface CallerToken {
  readonly token?: string;
  /** Unix time in ms after which the token is refused. */
  readonly expiresAt?: number;
}

/** Turns callers into tokens and back. Its implementation signs and verifies; wire only carries. */
export interface CallerTokens {
  /** @throws {Failure} when this process may not pass this caller on. */
  tokenFor(caller: Caller, from: string | undefined): CallerToken | Promise<CallerToken>;
  /** @throws when the token is not to be believed, from this peer: its calls are `REJECTED`. */
  callerOf(token: string, peer: Peer): Caller | Promise<Caller>;
}
