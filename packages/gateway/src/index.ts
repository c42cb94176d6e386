export type { Issuer, IssuerKeys } from './authentication/issuer.ts';
export {
  type CreatedKey,
  createKey,
  hashKey,
  isKey,
  type StoredKey,
  toKeyPrefix,
} from './authentication/key-format.ts';
export {
  type FileKeysOptions,
  fileKeys,
  type KeyRecord,
  type KeySource,
  type KeyState,
} from './authentication/key-source.ts';
export type { CredentialReason } from './authentication/refusal.ts';
export { createGateway, type Gateway, type GatewayOrigins } from './gateway.ts';
export { toBodySource } from './http/body.ts';
export type { CorsPolicy } from './http/cors.ts';
export { HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
export type { BodySink, BodySource, EdgeRequest, EdgeResponse } from './http/request.ts';
export type {
  GatewayOptions,
  GatewayPolicy,
  ListenerAddress,
  ListenerName,
  Readiness,
  TlsFiles,
} from './options.ts';
export type { RouteListing } from './places.ts';
export type { Gauge, GaugeSample } from './platform/gauges.ts';
