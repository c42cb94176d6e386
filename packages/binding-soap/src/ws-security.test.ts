import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Api, Failure } from '@portico/contract';
import type { PresentedCredential } from '@portico/service/spi';
import { createEndpoint, envelope } from './fixtures/exchange.ts';
import { Shop } from './fixtures/shop.ts';
import { NAMESPACES } from './namespaces.ts';

const PROFILE =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const TOKEN = (password: string, more = '') =>
  `<wsse:UsernameToken><wsse:Username>me</wsse:Username>${password}${more}</wsse:UsernameToken>`;
const TEXT = '<wsse:Password>open sesame</wsse:Password>';

function createSecured() {
  const endpoint = createEndpoint(Shop as unknown as Api);
  return async (inside: string, version: '1.1' | '1.2' = '1.1') => {
    const presented: PresentedCredential[] = [];
    const header = `<wsse:Security xmlns:wsse="${NAMESPACES.wsse}" xmlns:u="${NAMESPACES.wsu}" s:mustUnderstand="1">${inside}</wsse:Security>`;
    const { reply, text } = await endpoint.send({
      body: envelope(version, `<order xmlns="${endpoint.namespace}"><lines/></order>`, header),
      authenticate(credential) {
        if (credential !== undefined) presented.push(credential);
        if (credential?.password === 'wrong') throw Failure.rejected('unauthenticated', 'No.');
        return { permissions: new Set(), via: 'anonymous' };
      },
      dispatch: () => ({ id: '1', lines: [] }),
    });
    const code = /<faultcode[^>]*>([^<]*)|<soap:Subcode><soap:Value[^>]*>([^<]*)/.exec(text);
    return { status: reply.status, fault: code?.[1] ?? code?.[2], presented, text };
  };
}

test('presents a UsernameToken with its password as text', async () => {
  const send = createSecured();
  const { status, presented } = await send(TOKEN(TEXT));
  assert.equal(status, 200);
  assert.deepEqual(presented, [{ username: 'me', password: 'open sesame' }]);
  const typed = `<wsse:Password Type="${PROFILE}#PasswordText">open sesame</wsse:Password>`;
  assert.equal((await send(TOKEN(typed))).status, 200);
});

test('answers wrong credentials in the message with FailedAuthentication, not with 401', async () => {
  const send = createSecured();
  const wrong = TOKEN('<wsse:Password>wrong</wsse:Password>');
  const old = await send(wrong);
  assert.deepEqual([old.status, old.fault], [500, 'wsse:FailedAuthentication']);
  const { status, fault } = await send(wrong, '1.2');
  assert.deepEqual([status, fault], [400, 'wsse:FailedAuthentication']);
});

test('refuses a digest and says why', async () => {
  const digest = `<wsse:Password Type="${PROFILE}#PasswordDigest">abc=</wsse:Password>`;
  const { fault, text } = await createSecured()(TOKEN(digest));
  assert.equal(fault, 'wsse:UnsupportedSecurityToken');
  assert.match(text, /kept as hashes/);
});

test('never skips signatures and encryption', async () => {
  const send = createSecured();
  for (const uri of ['http://www.w3.org/2000/09/xmldsig#', 'http://www.w3.org/2001/04/xmlenc#']) {
    const { fault, text } = await send(`${TOKEN(TEXT)}<x:Part xmlns:x="${uri}"/>`);
    assert.equal(fault, 'soap:MustUnderstand');
    assert.ok(text.includes(`{${uri}}Part`));
  }
});

test('wants a timestamp to be within five minutes and not past its end', async () => {
  const send = createSecured();
  const stamp = (created: string, expires?: string) =>
    `<u:Timestamp><u:Created>${created}</u:Created>${expires ? `<u:Expires>${expires}</u:Expires>` : ''}</u:Timestamp>`;
  const codeOf = async (inside: string) => (await send(inside)).fault;
  assert.equal(await codeOf(stamp('2026-01-31T11:55:00Z')), undefined);
  assert.equal(await codeOf(stamp('2026-01-31T13:04:59.5+01:00')), undefined);
  assert.equal(await codeOf(stamp('2026-01-31T11:54:59Z')), 'code:MessageExpired');
  assert.equal(await codeOf(stamp('2026-01-31T12:05:01Z')), 'code:MessageExpired');
  assert.equal(
    await codeOf(stamp('2026-01-31T11:59:00Z', '2026-01-31T12:00:00Z')),
    'code:MessageExpired',
  );
  assert.equal(await codeOf(stamp('2026-01-31T12:00:00')), 'wsse:InvalidSecurity');
});

test('takes a nonce once, and only from those whose password was right', async () => {
  const send = createSecured();
  const nonce = '<wsse:Nonce>abc=</wsse:Nonce>';
  await send(TOKEN('<wsse:Password>wrong</wsse:Password>', nonce));
  assert.equal((await send(TOKEN(TEXT, nonce))).status, 200);
  assert.equal((await send(TOKEN(TEXT, nonce))).fault, 'wsse:InvalidSecurity');
});

test('refuses a header with two tokens, or a token without name or password', async () => {
  const send = createSecured();
  for (const inside of [TOKEN(TEXT) + TOKEN(TEXT), TOKEN(''), TOKEN(TEXT + TEXT)]) {
    assert.equal((await send(inside)).fault, 'wsse:InvalidSecurity');
  }
});
