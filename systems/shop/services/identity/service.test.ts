import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@portico/service';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import {
  BadCredentials,
  EmailTaken,
  GuestInvalid,
  Identity,
  PasswordTooCommon,
  SessionRevoked,
  TokenInvalid,
} from '../../contracts/identity.ts';
import { type Mailbox, openMailbox } from '../../mail/mailbox.ts';
import { startServices, type TestServices, withLateClock } from '../test-services.ts';
import { createIdentity } from './service.ts';

const DAY_MS = 24 * 3_600_000;
const password = 'correct horse battery';
const config = {
  identity: {
    scrypt: { costLog2: 10, blockSize: 8, parallelization: 1 },
    initialStaff: [{ email: 'Boss@Example.com', password, roles: ['customer', 'staff'] }],
  },
};

describe('identity', () => {
  let services: TestServices;
  let mailbox: Mailbox;
  let anyone: Client<typeof Identity>;
  let staff: Client<typeof Identity>;
  let internal: Client<typeof Identity>;
  let lateMs = 0;
  let count = 0;

  before(async () => {
    const host = withLateClock(() => lateMs);
    services = await startServices([createIdentity()], { config, host });
    mailbox = openMailbox(services.directory);
    anyone = services.as(Identity, 'user:nobody');
    staff = services.as(Identity, 'user:acc_staff', 'identity:manage', 'shop:audit');
    internal = services.asService(Identity);
  });
  after(async () => {
    mailbox.close();
    await services.stop();
  });

  const key = () => {
    count += 1;
    return { key: `key-${count}` };
  };
  const newEmail = () => {
    count += 1;
    return `person-${count}@example.com`;
  };
  const register = async (email = newEmail()) => {
    const { accountId } = await anyone.register({ email, password }, key());
    return { email, accountId };
  };
  const as = (tokens: { accessToken: string; subject: string }) =>
    services.runtime.client(Identity, {
      caller: {
        subject: `user:${tokens.subject}`,
        session: String(decodeJwt(tokens.accessToken).sid),
        permissions: new Set(),
        via: 'jwt',
      },
    });
  const tokenFor = (accountId: string, template: string) => {
    const mail = mailbox
      .read()
      .find((one) => one.accountId === accountId && one.template === template);
    assert.ok(mail, `no ${template} mail for ${accountId}`);
    return mail.token;
  };
  const fails = async (answer: Promise<unknown>, error: { is(value: unknown): boolean }) =>
    assert.rejects(answer, (thrown) => error.is(thrown) || assert.fail(String(thrown)));

  it('opens one account per address, however it is written', async () => {
    const { email, accountId } = await register();
    assert.match(accountId, /^acc_[0-9a-z]{26}$/);
    await fails(anyone.register({ email: email.toUpperCase(), password }, key()), EmailTaken);
  });

  it('opens one account when many register the same address at once', async () => {
    const email = newEmail();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => anyone.register({ email, password }, key())),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.ok(EmailTaken.is(outcome.reason));
    }
  });

  it('answers a repeated registration like the first', async () => {
    const input = { email: newEmail(), password };
    const once = key();
    const [first, again] = [await anyone.register(input, once), await anyone.register(input, once)];
    assert.deepEqual(again, first);
  });

  it('refuses common passwords', async () => {
    const common = { email: newEmail(), password: 'Password123!' };
    await fails(anyone.register(common, key()), PasswordTooCommon);
  });

  it('signs tokens that its published keys verify, and that say who, for whom and what', async () => {
    const { email, accountId } = await register();
    const tokens = await anyone.signIn({ email, password });
    const { keys } = await anyone.getKeys();
    const { payload, protectedHeader } = await jwtVerify(
      tokens.accessToken,
      createLocalJWKSet({ keys: [...keys] }),
      { issuer: 'urn:portico:shop:identity', audience: 'urn:portico:shop', typ: 'at+jwt' },
    );
    assert.equal(protectedHeader.alg, 'EdDSA');
    assert.equal(payload.sub, accountId);
    assert.deepEqual(payload.roles, ['customer']);
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
    assert.ok(payload.jti && payload.sid && payload.client_id);
    assert.equal(tokens.subject, accountId);
  });

  it('says the same to an unknown address, a wrong password and a locked account', async () => {
    const { email, accountId } = await register();
    await fails(anyone.signIn({ email: newEmail(), password }), BadCredentials);
    await fails(anyone.signIn({ email, password: 'wrong horse' }), BadCredentials);
    const session = await anyone.signIn({ email, password });
    assert.equal((await staff.lockAccount({ accountId, locked: true })).locked, true);
    await fails(anyone.signIn({ email, password }), BadCredentials);
    await fails(anyone.refresh({ refreshToken: session.refreshToken }), SessionRevoked);
    await staff.lockAccount({ accountId, locked: false });
    await anyone.signIn({ email, password });
  });

  it('refreshes once: the same successor for ten seconds, then the session ends', async () => {
    const { email } = await register();
    const first = await anyone.signIn({ email, password });
    const [a, b] = await Promise.all([
      anyone.refresh({ refreshToken: first.refreshToken }),
      anyone.refresh({ refreshToken: first.refreshToken }),
    ]);
    assert.equal(a.refreshToken, b.refreshToken);
    assert.notEqual(a.refreshToken, first.refreshToken);
    const next = await anyone.refresh({ refreshToken: a.refreshToken });
    await fails(anyone.refresh({ refreshToken: first.refreshToken }), SessionRevoked);
    await fails(anyone.refresh({ refreshToken: next.refreshToken }), SessionRevoked);
  });

  it('verifies an address by its link, as often as it is clicked', async () => {
    const { email, accountId } = await register();
    assert.deepEqual(await internal.getVerifiedEmail({ subject: accountId }), {});
    const token = tokenFor(accountId, 'verify');
    assert.deepEqual(await anyone.verifyEmail({ token }), { accountId });
    assert.deepEqual(await anyone.verifyEmail({ token }), { accountId });
    assert.deepEqual(await internal.getVerifiedEmail({ subject: accountId }), { email });
    await fails(anyone.verifyEmail({ token: `${token}x` }), TokenInvalid);
  });

  it('resets a forgotten password once, ends all sessions, and tells nobody who exists', async () => {
    const { email, accountId } = await register();
    const session = await anyone.signIn({ email, password });
    await anyone.requestPasswordReset({ email: newEmail() });
    await anyone.requestPasswordReset({ email });
    const token = tokenFor(accountId, 'reset');
    const newPassword = 'staple of the battery';
    await anyone.resetPassword({ token, newPassword });
    await anyone.resetPassword({ token, newPassword });
    await fails(anyone.resetPassword({ token, newPassword: 'another one entirely' }), TokenInvalid);
    await fails(anyone.signIn({ email, password }), BadCredentials);
    await fails(anyone.refresh({ refreshToken: session.refreshToken }), SessionRevoked);
    await anyone.signIn({ email, password: newPassword });
  });

  it('sends three mails an hour to one address, whoever asks', async () => {
    const { email, accountId } = await register();
    for (let time = 0; time < 6; time++) await anyone.requestPasswordReset({ email });
    const sent = mailbox.read().filter((mail) => mail.accountId === accountId);
    assert.equal(sent.filter((mail) => mail.template === 'reset').length, 3);
  });

  it('changes an address when its link is used, and not to one that is taken', async () => {
    const { email, accountId } = await register();
    const other = await register();
    const me = as(await anyone.signIn({ email, password }));
    await fails(me.changeEmail({ email: newEmail(), password: 'wrong' }, key()), BadCredentials);
    await me.changeEmail({ email: other.email, password }, key());
    await fails(anyone.verifyEmail({ token: tokenFor(accountId, 'changeEmail') }), TokenInvalid);
    const wanted = newEmail();
    await me.changeEmail({ email: wanted, password }, key());
    await anyone.verifyEmail({ token: tokenFor(accountId, 'changeEmail') });
    assert.equal((await anyone.signIn({ email: wanted, password })).subject, accountId);
    await fails(anyone.signIn({ email, password }), BadCredentials);
  });

  it('ends the other sessions when the password changes, and one when its owner signs out', async () => {
    const { email } = await register();
    const [here, there] = [
      await anyone.signIn({ email, password }),
      await anyone.signIn({ email, password }),
    ];
    const me = as(here);
    const listed = await me.listSessions();
    assert.deepEqual(listed.items.map((session) => session.current).sort(), [false, true]);
    await me.changePassword({ currentPassword: password, newPassword: 'a wholly new one' });
    await fails(anyone.refresh({ refreshToken: there.refreshToken }), SessionRevoked);
    const refreshed = await anyone.refresh({ refreshToken: here.refreshToken });
    await me.signOut();
    await me.signOut();
    await fails(anyone.refresh({ refreshToken: refreshed.refreshToken }), SessionRevoked);
  });

  it('knows a guest by either token, and nobody else by theirs', async () => {
    const guest = await anyone.startGuest();
    assert.match(guest.subject, /^gst_/);
    assert.deepEqual(guest.roles, ['guest']);
    const expected = { subject: guest.subject };
    assert.deepEqual(await internal.resolveGuest({ guestToken: guest.accessToken }), expected);
    assert.deepEqual(await internal.resolveGuest({ guestToken: guest.refreshToken }), expected);
    const account = await anyone.signIn({ email: (await register()).email, password });
    for (const guestToken of [
      account.accessToken,
      account.refreshToken,
      'made up',
      `${guest.accessToken}x`,
    ]) {
      await fails(internal.resolveGuest({ guestToken }), GuestInvalid);
    }
  });

  it('gives staff the roles they were set, from the next token on', async () => {
    const { email, accountId } = await register();
    const session = await anyone.signIn({ email, password });
    await staff.setRoles({ accountId, roles: ['staff', 'customer', 'staff'] });
    const next = await anyone.refresh({ refreshToken: session.refreshToken });
    assert.deepEqual(next.roles, ['customer', 'staff']);
    const unknown = `acc_${'0'.repeat(26)}`;
    await assert.rejects(staff.setRoles({ accountId: unknown, roles: ['staff'] }), {
      code: 'not-found',
    });
  });

  it('has the first staff from its configuration', async () => {
    const tokens = await anyone.signIn({ email: 'boss@example.com', password });
    assert.deepEqual(tokens.roles, ['customer', 'staff']);
    const verified = await internal.getVerifiedEmail({ subject: tokens.subject });
    assert.deepEqual(verified, { email: 'Boss@Example.com' });
  });

  it('keeps nothing of a person that was erased', async () => {
    const { email, accountId } = await register();
    const session = await anyone.signIn({ email, password });
    const { account } = await internal.exportSubject({ subject: accountId });
    assert.equal(account?.email, email);
    assert.equal(account?.sessions.length, 1);
    const erased = await internal.eraseSubject({ subject: accountId });
    assert.equal(erased.erased, true);
    const again = await internal.eraseSubject({ subject: accountId });
    assert.deepEqual(again, { ...erased, erased: false }, 'tokens end when they end');
    const leftMs = Date.parse(erased.accessEndsAt ?? '') - services.host.clock.now();
    assert.ok(leftMs > 600_000 && leftMs <= 720_000, `tokens that are out end in ${leftMs} ms`);
    assert.deepEqual(await internal.exportSubject({ subject: accountId }), {});
    await fails(anyone.refresh({ refreshToken: session.refreshToken }), SessionRevoked);
    await fails(anyone.signIn({ email, password }), BadCredentials);
    assert.equal(mailbox.read().filter((mail) => mail.accountId === accountId).length, 0);
    const anew = await register(email);
    assert.notEqual(anew.accountId, accountId);
  });

  it('gives auditors each account once, and nobody’s address', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await staff.exportFacts({ limit: 3, ...(cursor ? { cursor } : {}) });
      seen.push(
        ...page.items.map((fact) => (fact.kind === 'account' ? fact.accountId : fact.kind)),
      );
      assert.doesNotMatch(JSON.stringify(page), /@/);
      cursor = page.next;
    } while (cursor);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.at(-1), 'totals');
  });

  it('ends a session that was not used for sixty days', async () => {
    const { email } = await register();
    const session = await anyone.signIn({ email, password });
    lateMs += 61 * DAY_MS;
    await fails(anyone.refresh({ refreshToken: session.refreshToken }), SessionRevoked);
  });
});
