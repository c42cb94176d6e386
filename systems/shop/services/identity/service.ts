import { type Service, service } from '@portico/service';
import { GuestInvalid, Identity } from '../../contracts/identity.ts';
import { deliverMail } from '../../mail/deliver.ts';
import { ownerId, toInstant } from '../../subject.ts';
import { readAccessToken } from './access-token.ts';
import { findAccount, toAccount, unknownAccount } from './accounts.ts';
import { config, type IdentityContext } from './config.ts';
import { changeEmail, changePassword, signIn } from './credentials.ts';
import { exportFacts } from './facts.ts';
import { createWorkQueue } from './hash-queue.ts';
import { sweep } from './housekeeping.ts';
import { requestPasswordReset, resetPassword, verifyEmail } from './links.ts';
import { createPasswords } from './passwords.ts';
import { eraseSubject, exportSubject } from './personal-data.ts';
import { ensureInitialStaff, register } from './registration.ts';
import {
  createSession,
  endSessions,
  ensureRefreshSecret,
  findByRefreshToken,
  GUEST_PREFIX,
  GUEST_ROLES,
  isGuest,
  listLiveSessions,
  refreshSession,
  toTokens,
} from './sessions.ts';
import { listKeys, rotateKeys, toJsonWebKey } from './signing-keys.ts';
import { store } from './tables.ts';

/** Sessions that a list shows; nobody has more devices. */
const SESSIONS_SHOWN_MAX = 100;

/** Identity with a hash queue of its own: one per process, because it guards the process's threads. */
export function createIdentity(): Service<typeof Identity> {
  const passwords = createPasswords(createWorkQueue());
  return service(Identity)({
    store,
    config,
    operations: {
      register: (input, context) => register(input, context, passwords),
      signIn: (input, context) => signIn(input, context, { passwords, caller: context.caller }),
      startGuest: (_input, context) => startGuest(context),
      refresh: ({ refreshToken }, context) => refreshSession(context, refreshToken, context.caller),
      verifyEmail,
      requestPasswordReset,
      resetPassword: (input, context) => resetPassword(input, context, passwords),

      async getKeys(_input, { store: db }) {
        return { keys: (await listKeys(db)).map(toJsonWebKey) };
      },

      async signOut(_input, { transaction, clock, caller, subject }) {
        const now = clock.now();
        const only = caller.session === undefined ? {} : { only: caller.session };
        await transaction(({ db }) =>
          endSessions(db, now, { subject: ownerId(subject()), ...only }),
        );
      },

      async listSessions(_input, { store: db, clock, caller, subject }) {
        const rows = await listLiveSessions(db, ownerId(subject()), clock.now());
        const items = rows.slice(0, SESSIONS_SHOWN_MAX).map((row) => ({
          sessionId: row.session_id,
          createdAt: toInstant(row.created_at),
          lastUsedAt: toInstant(row.last_used_at),
          expiresAt: toInstant(row.expires_at),
          current: row.session_id === caller.session,
        }));
        return { items };
      },

      changePassword: (input, context) =>
        changePassword(input, context, { passwords, caller: context.caller }),
      changeEmail: (input, context) =>
        changeEmail(input, context, { passwords, caller: context.caller }),

      setRoles: ({ accountId, roles }, context) =>
        changeAccount(context, accountId, { roles: JSON.stringify([...new Set(roles)].sort()) }),

      lockAccount: ({ accountId, locked }, context) =>
        changeAccount(context, accountId, { locked_at: locked ? context.clock.now() : null }),

      async resolveGuest({ guestToken }, context) {
        const subject = await findTokenSubject(context, guestToken);
        if (subject === undefined || !isGuest(subject)) throw GuestInvalid();
        return { subject };
      },

      async getVerifiedEmail({ subject }, { store: db }) {
        const account = await findAccount(db, subject);
        const verified = account && account.verified_at !== null && account.email !== null;
        return verified && account.email !== null ? { email: account.email } : {};
      },

      exportSubject: ({ subject }, context) => exportSubject(subject, context),
      eraseSubject: ({ subject }, context) => eraseSubject(subject, context),
      exportFacts,
    },
    every: { '1h': rotateKeys, '10m': sweep, '30s': deliverMail },
    async start(context) {
      await ensureRefreshSecret(context);
      await rotateKeys(context);
      await ensureInitialStaff(context, passwords);
    },
  });
}

/** Who somebody is. */
export const identity = createIdentity();

type CallContext = IdentityContext & {
  readonly caller: Parameters<typeof refreshSession>[2];
};

async function startGuest(context: CallContext) {
  const guestId = context.ids.prefixed(GUEST_PREFIX);
  const session = createSession(context, guestId);
  await context.transaction(async ({ db }) => {
    const created_at = context.clock.now();
    await db.insertInto('guest').values({ guest_id: guestId, created_at }).execute();
    await db.insertInto('session').values(session.row).execute();
  });
  const given = { refreshToken: session.refreshToken, roles: GUEST_ROLES, caller: context.caller };
  return toTokens(context, session.row, given);
}

/** Sets roles or lock of an account. A lock that stands keeps its time, and ends all sessions. */
async function changeAccount(
  { transaction, clock }: IdentityContext,
  accountId: string,
  change: { readonly roles?: string; readonly locked_at?: number | null },
) {
  const now = clock.now();
  return transaction(async ({ db }) => {
    const account = await findAccount(db, accountId);
    if (!account || account.closed_at !== null) throw unknownAccount(accountId);
    const locks = change.locked_at !== undefined && change.locked_at !== null;
    const lockedAt = locks ? (account.locked_at ?? change.locked_at) : change.locked_at;
    const fields = {
      roles: change.roles ?? account.roles,
      locked_at: lockedAt === undefined ? account.locked_at : lockedAt,
    };
    await db.updateTable('account').set(fields).where('account_id', '=', accountId).execute();
    if (locks) await endSessions(db, now, { subject: accountId });
    return toAccount({ ...account, ...fields });
  });
}

/** Whose a token is, be it an access or a refresh token. */
async function findTokenSubject(
  context: IdentityContext,
  token: string,
): Promise<string | undefined> {
  const session = await findByRefreshToken(context.store, token, context.clock.now());
  return session ? session.subject : readAccessToken(context, token);
}
