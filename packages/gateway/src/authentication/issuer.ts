import type { Operation } from '@portico/contract';

/** Where an issuer publishes its public keys (RFC 7517 §5). */
export type IssuerKeys =
  /** An operation of this system that answers with a JWK Set, called as `service:gateway`. */
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** `https:`, or `http:` on this machine. */
  | { readonly kind: 'url'; readonly url: string };

/** Whose tokens are believed, and what they may say. */
export interface Issuer {
  /** Compared with `iss`, exactly. */
  readonly issuer: string;
  /** Must be in `aud`. */
  readonly audience: string;
  readonly keys: IssuerKeys;
  /** The `typ` that tokens have (RFC 9068 §2.1). Default `at+jwt`. */
  readonly type?: 'at+jwt' | 'JWT';
  /** What stands before `sub` in subjects. Default `user:`. */
  readonly subjectPrefix?: string;
  /** The claims that hold roles, dots for depth (`realm_access.roles`). Default `roles`. */
  readonly roles?: string | readonly string[];
  /** The claim that holds the organisation. Without it, callers have no tenant. */
  readonly tenant?: string;
  /**
   * Whether `scope`, where a token has one, narrows its permissions. Default true; false for issuers
   * whose scopes are not permissions (`openid profile`).
   */
  readonly scoped?: boolean;
}
