import type { ServiceContext } from '@portico/service';
import * as z from 'zod';
import type { Identity } from '../../contracts/identity.ts';
import { SmtpConfig } from '../../mail/smtp-config.ts';
import type { store } from './tables.ts';

const DAY_MS = 24 * 3_600_000;

/** What an operator may set of identity. Everything has a default. */
export const config = z
  .object({
    /** `iss` of access tokens. Name it as an issuer in the gateway's policy. */
    issuer: z.string().min(1).default('urn:portico:shop:identity'),
    /** `aud` of access tokens. */
    audience: z.string().min(1).default('urn:portico:shop'),
    /** `client_id` (RFC 9068 §2.2) of tokens that were not asked for by a consumer. */
    clientId: z.string().min(1).default('shop'),
    accessTokenMs: z.int().min(1_000).max(3_600_000).default(600_000),
    /** A session ends when it was not used for so long. */
    sessionIdleMs: z
      .int()
      .min(60_000)
      .default(60 * DAY_MS),
    guestIdleMs: z
      .int()
      .min(60_000)
      .default(30 * DAY_MS),
    keyRotationMs: z
      .int()
      .min(60_000)
      .default(30 * DAY_MS),
    /**
     * Cost of a password hash (RFC 7914): N = 2^costLog2, 32 MiB and about a quarter of a second by
     * default, as OWASP advises. Stored hashes keep theirs until their owner signs in.
     */
    scrypt: z
      .object({
        costLog2: z.int().min(10).max(20).default(15),
        blockSize: z.int().min(1).max(32).default(8),
        parallelization: z.int().min(1).max(16).default(3),
      })
      .prefault({}),
    /** Hashes computed at once. One leaves the other threads of the process to everybody else. */
    hashesAtOnce: z.int().min(1).max(4).default(1),
    /** Who takes mail; without it, mail stays in the mailbox that `shop mailbox` shows. */
    smtp: SmtpConfig.optional(),
    /** Accounts that exist from the first start on, with verified addresses. */
    initialStaff: z
      .array(
        z.object({
          email: z.email(),
          password: z.string().min(8).max(256),
          roles: z.array(z.string()).min(1),
        }),
      )
      .default([]),
  })
  .prefault({});

export type IdentityConfig = z.infer<typeof config>;

/** What identity's modules need of a handler's context. */
export type IdentityContext = ServiceContext<
  typeof Identity,
  Record<never, never>,
  typeof store,
  IdentityConfig,
  boolean
>;
