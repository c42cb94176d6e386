import { api, error, event, operation, sensitive } from '@portico/contract';
import * as z from 'zod';
import {
  AccountId,
  Email,
  Erasure,
  exportFacts,
  Instant,
  pageOf,
  SessionId,
  SubjectId,
  subjectInput,
} from './common.ts';

const Password = z
  .string()
  .min(8)
  .max(256)
  .meta({
    ...sensitive(),
    title: 'New password',
    description: '8 to 256 characters of any kind, and none of the most common passwords.',
  });
/** What is tried is bounded, never judged: the rules for new passwords must not show here. */
const PresentedPassword = z
  .string()
  .min(1)
  .max(256)
  .meta({ ...sensitive(), title: 'Password' });
const SecretToken = z.string().min(1).max(4_096).meta(sensitive());

export const Role = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/)
  .meta({
    title: 'Role',
    description: 'A name that the system maps to permissions.',
    examples: ['customer'],
  });

export const Tokens = z
  .object({
    tokenType: z.literal('Bearer'),
    accessToken: SecretToken.meta({
      ...sensitive(),
      description: 'A JWT (RFC 9068) for `Authorization: Bearer`. Lives ten minutes.',
    }),
    expiresIn: z.int().min(0).meta({ description: 'Seconds until the access token ends.' }),
    refreshToken: SecretToken.meta({
      ...sensitive(),
      description: 'Works once, for the next pair of tokens.',
    }),
    subject: SubjectId,
    roles: z.array(Role).max(20),
  })
  .meta({ id: 'Tokens', title: 'Tokens of a session' });

export const Account = z
  .object({
    accountId: AccountId,
    roles: z.array(Role).max(20),
    locked: z.boolean(),
    emailVerified: z.boolean(),
    createdAt: Instant,
  })
  .meta({ id: 'Account', title: 'Account' });

const Session = z
  .object({
    sessionId: SessionId,
    createdAt: Instant,
    lastUsedAt: Instant,
    expiresAt: Instant,
    current: z.boolean().meta({ description: 'The session that this request belongs to.' }),
  })
  .meta({ id: 'Session', title: 'Signed-in session' });

const JsonWebKey = z
  .object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    alg: z.literal('EdDSA'),
    use: z.literal('sig'),
    kid: z.string().max(100),
    x: z.string().max(100),
  })
  .meta({ id: 'JsonWebKey', title: 'Public signing key (RFC 8037)' });

/** What identity knows of one person, for their own export. */
export const AccountExport = z
  .object({
    email: Email.optional(),
    emailVerified: z.boolean(),
    roles: z.array(Role).max(20),
    createdAt: Instant,
    sessions: z
      .array(
        z
          .object({ createdAt: Instant, lastUsedAt: Instant, expiresAt: Instant })
          .meta({ id: 'SessionExport', title: 'A session, in an export' }),
      )
      .max(1_000),
  })
  .meta({ id: 'AccountExport', title: 'What identity holds of one person' });

const IdentityFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('account'),
        accountId: z.string(),
        state: z.enum(['active', 'locked', 'closed']),
        emailVerified: z.boolean(),
      })
      .meta({ id: 'AccountFact' }),
    z
      .object({
        kind: z.literal('totals'),
        guests: z.int().min(0),
        liveSessions: z.int().min(0),
      })
      .meta({ id: 'IdentityTotals' }),
  ])
  .meta({ id: 'IdentityFact', title: 'Fact of identity' });

export const EmailTaken = error({ status: 409, summary: 'This address has an account already.' });
export const BadCredentials = error({
  status: 401,
  summary: 'E-mail address and password do not belong together.',
});
export const SessionRevoked = error({
  status: 401,
  summary: 'The session has ended. Sign in again.',
});
export const TokenInvalid = error({
  status: 400,
  summary: 'The link is unknown, used or too old. Ask for a new one.',
});
export const PasswordTooCommon = error({
  status: 400,
  summary: 'Too many people use this password. Choose another one.',
});
export const GuestInvalid = error({
  status: 400,
  summary: 'This is no token of a guest, or it has been used already.',
});

const accountEvent = (summary: string) =>
  event({ summary, key: 'accountId', payload: z.object({ accountId: AccountId }) });

/** Who somebody is: accounts, guests, sessions and the keys that sign their tokens. */
export const Identity = api('identity', {
  version: '1.0.0',
  summary: 'Who somebody is: accounts, guests, sessions and signing keys.',
  operations: {
    register: operation({
      summary: 'Open an account.',
      description: 'Sends a link to verify the address. Sign in to get tokens.',
      exposure: 'public',
      access: 'anyone',
      effect: 'keyed',
      http: 'POST /accounts',
      cost: 20,
      timeoutMs: 10_000,
      input: z.object({ email: Email, password: Password }),
      output: Account,
      errors: { EmailTaken, PasswordTooCommon },
    }),
    signIn: operation({
      summary: 'Sign in with e-mail address and password.',
      description: 'Unknown, wrong and locked get the same answer after the same work.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      http: 'POST /sessions',
      cost: 5,
      timeoutMs: 10_000,
      input: z.object({ email: Email, password: PresentedPassword }),
      output: Tokens,
      errors: { BadCredentials },
    }),
    startGuest: operation({
      summary: 'Start as a guest: tokens without an account.',
      description: 'A guest owns a cart and its orders like anybody else.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      http: 'POST /guests',
      output: Tokens,
    }),
    refresh: operation({
      summary: 'Get the next pair of tokens.',
      description:
        'A refresh token works once; for ten seconds a repetition gets the same successor, so a ' +
        'lost answer loses nobody the session. Later it ends the session, because somebody else ' +
        'may hold it (RFC 9700 §4.14).',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      http: 'POST /sessions/refresh',
      criticality: 'critical',
      input: z.object({ refreshToken: SecretToken }),
      output: Tokens,
      errors: { SessionRevoked },
    }),
    verifyEmail: operation({
      summary: 'Confirm an e-mail address with the token that was sent to it.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      http: 'POST /verifications',
      input: z.object({ token: SecretToken }),
      output: z.object({ accountId: AccountId }),
      errors: { TokenInvalid },
    }),
    requestPasswordReset: operation({
      summary: 'Send a link that sets a new password.',
      description: 'Always 204: it does not tell whether the address has an account.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      http: 'POST /password-resets',
      cost: 5,
      input: z.object({ email: Email }),
    }),
    resetPassword: operation({
      summary: 'Set a new password with the token that was sent.',
      description: 'Ends every session of the account.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      http: 'PUT /password',
      cost: 5,
      timeoutMs: 10_000,
      input: z.object({ token: SecretToken, newPassword: Password }),
      errors: { TokenInvalid, PasswordTooCommon },
    }),
    getKeys: operation({
      summary: 'The public keys that access tokens are signed with (JWKS, RFC 7517).',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /jwks',
      criticality: 'critical',
      cache: { maxAgeSeconds: 300, shared: true },
      output: z.object({ keys: z.array(JsonWebKey).max(100) }),
    }),
    signOut: operation({
      summary: 'End the session that this request belongs to.',
      description: 'With a token that names no session, every session of its subject ends.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'idempotent',
      http: 'DELETE /sessions/current',
    }),
    listSessions: operation({
      summary: 'Where you are signed in.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'safe',
      http: 'GET /sessions',
      output: pageOf(Session),
    }),
    changePassword: operation({
      summary: 'Change your password.',
      description: 'Ends all other sessions of the account.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'unsafe',
      http: 'POST /password',
      cost: 5,
      timeoutMs: 10_000,
      input: z.object({ currentPassword: PresentedPassword, newPassword: Password }),
      errors: { BadCredentials, PasswordTooCommon },
    }),
    changeEmail: operation({
      summary: 'Change your e-mail address.',
      description:
        'Takes effect when the link sent to the new address is used. Does not tell whether the ' +
        'address has an account already.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'keyed',
      http: 'POST /email',
      cost: 5,
      timeoutMs: 10_000,
      input: z.object({ email: Email, password: PresentedPassword }),
      errors: { BadCredentials },
    }),
    setRoles: operation({
      summary: 'Set all roles of an account.',
      description: 'Live access tokens keep the former roles until they end, ten minutes at most.',
      exposure: 'partner',
      access: 'identity:manage',
      effect: 'idempotent',
      owner: 'shared',
      http: 'PUT /accounts/{accountId}/roles',
      input: z.object({ accountId: AccountId, roles: z.array(Role).min(1).max(20) }),
      output: Account,
    }),
    lockAccount: operation({
      summary: 'Lock an account, or open it again.',
      description: 'Locking ends its sessions. Its owner sees bad credentials, nothing else.',
      exposure: 'partner',
      access: 'identity:manage',
      effect: 'idempotent',
      owner: 'shared',
      http: 'PUT /accounts/{accountId}/lock',
      input: z.object({ accountId: AccountId, locked: z.boolean() }),
      output: Account,
    }),
    resolveGuest: operation({
      summary: 'The guest that a token belongs to.',
      description: "Takes the guest's access token or refresh token, as proof of being that guest.",
      effect: 'safe',
      input: z.object({ guestToken: SecretToken }),
      output: z.object({ subject: SubjectId }),
      errors: { GuestInvalid },
    }),
    getVerifiedEmail: operation({
      summary: 'The address that an account has verified.',
      description: 'Without `email`: none is verified, or there is no such account.',
      effect: 'safe',
      input: z.object({ subject: SubjectId }),
      output: z.object({ email: Email.optional() }),
    }),
    exportSubject: operation({
      summary: 'Everything identity holds of one person.',
      effect: 'safe',
      input: subjectInput,
      output: z.object({ account: AccountExport.optional() }),
    }),
    eraseSubject: operation({
      summary: 'Close an account, end its sessions and erase its data.',
      description:
        'Access tokens that are out live on for some minutes. `accessEndsAt`: by then the last of them ' +
        'has ended, and no call of this person can be under way any more.',
      effect: 'idempotent',
      input: subjectInput,
      output: Erasure.extend({ accessEndsAt: Instant.optional() }),
    }),
    exportFacts: exportFacts(IdentityFact, 'accounts by state, guests, live sessions'),
  },
  events: {
    AccountRegistered: accountEvent('An account was opened.'),
    EmailVerified: accountEvent('An account has proved that it reads its e-mail address.'),
    AccountClosed: accountEvent('An account was closed for ever.'),
  },
});
