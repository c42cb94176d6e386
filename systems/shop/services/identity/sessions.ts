import type { Caller } from '@portico/service';
import { SessionRevoked } from '../../contracts/identity.ts';
import { createAccessToken } from './access-token.ts';
import { findAccount, readRoles } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import { createRefreshToken, hashToken, parseRefreshToken, rotate } from './refresh-token.ts';
import type { Db, SessionRow } from './tables.ts';

/** The prefix of guests' ids: what tells them from accounts everywhere. */
export const GUEST_PREFIX = 'gst';
/** Roles of whoever has no account. */
export const GUEST_ROLES: readonly string[] = ['guest'];
const SECRET_BYTES = 32;
const REFRESH_SECRET = 'refresh';

/** Whether `subject` is a guest. */
export function isGuest(subject: string): boolean {
  return subject.startsWith(`${GUEST_PREFIX}_`);
}

/** A session that is about to begin, and the refresh token that goes with it. */
export interface NewSession {
  readonly row: SessionRow;
  readonly refreshToken: string;
}

/** Makes a session of `subject`. Nothing is stored yet. */
export function createSession(context: IdentityContext, subject: string): NewSession {
  const { clock, config, ids, random } = context;
  const now = clock.now();
  const selector = ids.prefixed('rft');
  const refreshToken = createRefreshToken(selector, random.bytes(SECRET_BYTES));
  const row = {
    session_id: ids.prefixed('ses'),
    subject,
    selector,
    token_hash: hashToken(refreshToken),
    previous_hash: null,
    rotated_at: null,
    created_at: now,
    last_used_at: now,
    expires_at: now + (isGuest(subject) ? config.guestIdleMs : config.sessionIdleMs),
    revoked_at: null,
  };
  return { row, refreshToken };
}

/** What the holder of a session gets: a fresh access token beside the refresh token. */
export async function toTokens(
  context: IdentityContext,
  session: Pick<SessionRow, 'session_id' | 'subject'>,
  given: {
    readonly refreshToken: string;
    readonly roles: readonly string[];
    readonly caller: Caller;
  },
) {
  const { refreshToken, roles, caller } = given;
  const holder = {
    subject: session.subject,
    sessionId: session.session_id,
    roles,
    consumer: caller.consumer,
  };
  const access = await createAccessToken(context, holder);
  const subject = session.subject;
  return { tokenType: 'Bearer' as const, ...access, refreshToken, subject, roles: [...roles] };
}

/** Makes the secret that successors are derived with, at the first start. */
export async function ensureRefreshSecret({ transaction, random }: IdentityContext): Promise<void> {
  const value = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
  await transaction(async ({ db }) => {
    await db
      .insertInto('secret')
      .values({ name: REFRESH_SECRET, value })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

/**
 * The next pair of tokens. The end of a session that was used twice is committed before the refusal.
 * @throws SessionRevoked
 */
export async function refreshSession(context: IdentityContext, presented: string, caller: Caller) {
  const token = parseRefreshToken(presented);
  if (!token) throw SessionRevoked();
  const now = context.clock.now();
  const result = await context.transaction(async ({ db }) => {
    const session = await findBySelector(db, token.selector);
    if (!session) return undefined;
    const roles = await currentRoles(db, session.subject);
    const rotation = rotate(session, token, { now, secret: await readSecret(db) });
    if (rotation.kind === 'ended') return undefined;
    if (rotation.kind === 'reuse' || !roles) {
      await revoke(db, now, (query) => query.where('session_id', '=', session.session_id));
      return undefined;
    }
    if (!rotation.again) await storeSuccessor(db, { context, session, ...rotation, now });
    return { session, roles, refreshToken: rotation.successor };
  });
  if (!result) throw SessionRevoked();
  const { session, roles, refreshToken } = result;
  return toTokens(context, session, { refreshToken, roles, caller });
}

/** Ends one session of a subject, or all of them, or all but one. */
export async function endSessions(
  db: Db,
  now: number,
  which: { readonly subject: string; readonly only?: string; readonly except?: string },
): Promise<void> {
  await revoke(db, now, (query) => {
    let narrowed = query.where('subject', '=', which.subject);
    if (which.only !== undefined) narrowed = narrowed.where('session_id', '=', which.only);
    if (which.except !== undefined) narrowed = narrowed.where('session_id', '!=', which.except);
    return narrowed;
  });
}

/** The session that a refresh token belongs to while it is due; `undefined` for any other. */
export async function findByRefreshToken(
  db: Db,
  text: string,
  now: number,
): Promise<SessionRow | undefined> {
  const token = parseRefreshToken(text);
  if (!token) return undefined;
  const session = await findBySelector(db, token.selector);
  if (!session) return undefined;
  const rotation = rotate(session, token, { now, secret: await readSecret(db) });
  return rotation.kind === 'successor' ? session : undefined;
}

/** A subject's live sessions, newest first. */
export function listLiveSessions(db: Db, subject: string, now: number): Promise<SessionRow[]> {
  return db
    .selectFrom('session')
    .selectAll()
    .where('subject', '=', subject)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('session_id')
    .execute();
}

/** What a session may do now; `undefined` when its account may not be entered any more. */
async function currentRoles(db: Db, subject: string): Promise<readonly string[] | undefined> {
  if (isGuest(subject)) return GUEST_ROLES;
  const account = await findAccount(db, subject);
  return account && account.closed_at === null && account.locked_at === null
    ? readRoles(account)
    : undefined;
}

async function storeSuccessor(
  db: Db,
  done: {
    readonly context: IdentityContext;
    readonly session: SessionRow;
    readonly successor: string;
    readonly now: number;
  },
): Promise<void> {
  const { context, session, successor, now } = done;
  const { guestIdleMs, sessionIdleMs } = context.config;
  await db
    .updateTable('session')
    .set({
      token_hash: hashToken(successor),
      previous_hash: session.token_hash,
      rotated_at: now,
      last_used_at: now,
      expires_at: now + (isGuest(session.subject) ? guestIdleMs : sessionIdleMs),
    })
    .where('session_id', '=', session.session_id)
    .execute();
}

function findBySelector(db: Db, selector: string): Promise<SessionRow | undefined> {
  return db.selectFrom('session').selectAll().where('selector', '=', selector).executeTakeFirst();
}

async function readSecret(db: Db): Promise<string> {
  const row = await db
    .selectFrom('secret')
    .select('value')
    .where('name', '=', REFRESH_SECRET)
    .executeTakeFirstOrThrow();
  return row.value;
}

type LiveSessions = ReturnType<typeof liveSessions>;

function liveSessions(db: Db, now: number) {
  return db.updateTable('session').set({ revoked_at: now }).where('revoked_at', 'is', null);
}

async function revoke(db: Db, now: number, narrow: (query: LiveSessions) => LiveSessions) {
  await narrow(liveSessions(db, now)).execute();
}
