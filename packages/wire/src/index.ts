export type { TlsMaterial, WireAddress } from './address.ts';
export { parseUris, toMachineUri } from './certificate.ts';
export type { HandshakeOptions, Self } from './handshake.ts';
export { type CallerTokensOptions, createCallerTokens } from './identity/caller-tokens.ts';
export {
  type BelievedGrant,
  createGrantReader,
  createKeyPair,
  type Grant,
  type Key,
  type KeyPair,
  type ReadGrant,
  signGrant,
  type Trust,
} from './identity/grant.ts';
export { createGrantedIdentity, type ProcessCredential } from './identity/granted-identity.ts';
export type {
  CallerToken,
  CallerTokens,
  Claim,
  Peer,
  PeerIdentity,
  Proof,
  ProofContext,
  Side,
} from './peer.ts';
export type { WireDispatcher } from './served-call.ts';
export { type ConnectOptions, connectReplica, type WireReplica } from './wire-client.ts';
export { createWireServer, type WireServer, type WireServerOptions } from './wire-server.ts';
