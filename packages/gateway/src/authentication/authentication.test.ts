import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import {
  type AskOptions,
  ask,
  createTestDispatcher,
  createTestGateway,
  echo,
} from '../fixtures/test-gateway.ts';
import { Things } from '../fixtures/things-api.ts';
import { toBodySource } from '../http/body.ts';
import { createKey, hashKey, toKeyPrefix } from './key-format.ts';
import type { KeyRecord } from './key-source.ts';

const host = createSimulatedHost({ seed: 3 });
const nowSeconds = Math.floor(host.clock.now() / 1000);
const ISSUER = 'https://identity.test';
const AUDIENCE = 'test';
const published: JWK[] = [];
const privateKeys = new Map<string, CryptoKey>();
const publicKeys = new Map<string, CryptoKey>();
let foreign: CryptoKey;

before(async () => {
  for (const alg of ['EdDSA', 'ES256', 'PS256', 'RS256', 'ES384']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    privateKeys.set(alg, privateKey);
    publicKeys.set(alg, publicKey);
    published.push({ ...(await exportJWK(publicKey)), kid: alg, alg });
  }
  foreign = (await generateKeyPair('ES256')).privateKey;
});

const CLAIMS: JWTPayload = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'acc_1',
  exp: nowSeconds + 300,
  iat: nowSeconds,
  roles: ['editor'],
};
const sign = (
  claims: Readonly<Record<string, unknown>> = {},
  header: object = {},
  key?: CryptoKey,
) => {
  const protectedHeader = { alg: 'ES256', kid: 'ES256', typ: 'at+jwt', ...header };
  const signer = new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader(protectedHeader);
  return signer.sign(key ?? (privateKeys.get(protectedHeader.alg) as CryptoKey));
};

const PREFIX = toKeyPrefix('test');
const records = new Map<string, KeyRecord>();
const makeKey = (record: Partial<KeyRecord> = {}) => {
  const { secret } = createKey(host.random, PREFIX);
  const permissions = ['things:read', 'things:write'];
  records.set(hashKey(secret), { id: 'key_1', consumer: 'app', permissions, ...record });
  return secret;
};

const dispatcher = createTestDispatcher((operation, input, call) =>
  operation === Things.operations.recount ? { keys: published } : echo(operation, input, call),
);
const create = (options: Partial<Parameters<typeof createTestGateway>[0]> = {}) =>
  createTestGateway({
    host,
    dispatcher,
    policy: {
      issuers: [
        {
          issuer: ISSUER,
          audience: AUDIENCE,
          keys: { kind: 'operation', operation: Things.operations.recount },
          tenant: 'org',
          roles: ['roles', 'realm_access.roles'],
        },
      ],
      roles: { editor: ['things:write'], reader: ['things:read'], admin: ['things:*'] },
      keys: { find: (hash) => records.get(hash) },
    },
    ...options,
  });
const gateway = create();

const OPEN = 'GET /things/v1/things/a';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
// Each request from an address of its own, so that the throttle stays out of the way.
let addresses = 0;
const call = (request: string, headers: Record<string, string> = {}, more: AskOptions = {}) => {
  addresses++;
  const peer = `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
  return ask(gateway, request, { headers, peer, ...more });
};
const refusal = async (headers: Record<string, string>, request = OPEN) => {
  const { status, json, headers: answered } = await call(request, headers);
  assert.equal(status, 401, JSON.stringify(json));
  assert.match(answered.get('www-authenticate') ?? '', /^(Bearer|Basic) realm="test"/);
  return json.code;
};

test('a token names a user with the permissions of its roles', async () => {
  const { json } = await call(OPEN, bearer(await sign({ org: 'org_1' })));
  assert.deepEqual(
    [json.subject, json.via, json.permissions],
    ['user:acc_1', 'jwt', ['things:write']],
  );
  const nested = await call(
    OPEN,
    bearer(await sign({ roles: 'nobody', realm_access: { roles: ['admin'] } })),
  );
  assert.deepEqual(nested.json.permissions, ['things:inspect', 'things:read', 'things:write']);
});

test("a token's session comes along, with a key beside it too", async () => {
  const token = await sign({ sid: 'ses_1' });
  assert.equal((await call(OPEN, bearer(token))).json.session, 'ses_1');
  const both = await call(OPEN, { ...bearer(token), 'x-api-key': makeKey() });
  assert.equal(both.json.session, 'ses_1');
  assert.equal((await call(OPEN, bearer(await sign({ sid: 7 })))).json.session, undefined);
});

test('each accepted algorithm is accepted, and no other', async () => {
  for (const alg of ['EdDSA', 'ES256', 'PS256', 'RS256']) {
    const { status } = await call(OPEN, bearer(await sign({}, { alg, kid: alg })));
    assert.equal(status, 200, alg);
  }
  assert.equal(
    await refusal(bearer(await sign({}, { alg: 'ES384', kid: 'ES384' }))),
    'token-invalid',
  );
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const ATTACKS: Readonly<Record<string, () => Promise<string>>> = {
  'no signature, alg none': async () =>
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(CLAIMS)}.`,
  'alg None in another case': async () =>
    `${encode({ alg: 'nOnE', typ: 'at+jwt' })}.${encode(CLAIMS)}.AAAA`,
  'the public key as HMAC secret': async () => {
    const secret = await exportSPKI(publicKeys.get('RS256') as CryptoKey);
    const unsigned = `${encode({ alg: 'HS256', kid: 'RS256', typ: 'at+jwt' })}.${encode(CLAIMS)}`;
    return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
  },
  'another issuer': () => sign({ iss: 'https://evil.test' }),
  'an issuer that differs in a slash': () => sign({ iss: `${ISSUER}/` }),
  'another audience': () => sign({ aud: 'other' }),
  'no audience': () => sign({ aud: undefined }),
  'no expiry': () => sign({ exp: undefined }),
  'an expiry that is no number': () => sign({ exp: '9999999999' as never }),
  'no subject': () => sign({ sub: undefined }),
  'a subject with a line break': () => sign({ sub: 'a\nb' }),
  'an empty subject': () => sign({ sub: '' }),
  'not valid yet': () => sign({ nbf: nowSeconds + 60 }),
  'the type of an ID token': () => sign({}, { typ: 'JWT' }),
  'no type': () => sign({}, { typ: undefined }),
  'an unknown kid': () => sign({}, { kid: 'nobody' }),
  'a kid with a path': () => sign({}, { kid: '../../../dev/null' }),
  'a kid with a URL': () => sign({}, { kid: 'https://evil.test/jwks.json' }),
  'the kid of another key': () => sign({}, { kid: 'RS256' }),
  'a foreign signature': () => sign({}, {}, foreign),
  'an embedded key': async () => sign({}, { jwk: published[1] }, foreign),
  'a jku': () => sign({}, { jku: 'https://evil.test/jwks.json' }),
  'an x5u': () => sign({}, { x5u: 'https://evil.test/cert' }),
  'a crit': () =>
    sign({}, { crit: ['exp'], exp: 1 }).catch(async () => {
      const [header, ...rest] = (await sign()).split('.');
      assert.ok(header);
      return [
        encode({ alg: 'ES256', kid: 'ES256', typ: 'at+jwt', crit: ['exp'], exp: 1 }),
        ...rest,
      ].join('.');
    }),
  'a changed payload': async () => {
    const [header, , signature] = (await sign()).split('.');
    return `${header}.${encode({ ...CLAIMS, sub: 'root' })}.${signature}`;
  },
  'a client id that is no name': () => sign({ client_id: 7 }),
};

for (const [title, forge] of Object.entries(ATTACKS)) {
  test(`a token is refused without a reason: ${title}`, async () => {
    assert.equal(await refusal(bearer(await forge())), 'token-invalid');
  });
}

test('an expired token says so, after the allowed skew', async () => {
  assert.equal(await refusal(bearer(await sign({ exp: nowSeconds - 30 }))), 'token-expired');
  const { status } = await call(OPEN, bearer(await sign({ exp: nowSeconds - 29 })));
  assert.equal(status, 200);
});

test('a checked token is believed for a minute at most, and never past its expiry', async () => {
  const later = createSimulatedHost({ seed: 4 });
  let published2 = published;
  const other = create({
    host: later,
    dispatcher: createTestDispatcher((operation, input, context) =>
      operation === Things.operations.recount
        ? { keys: published2 }
        : echo(operation, input, context),
    ),
  });
  const token = await sign({ exp: nowSeconds + 400 });
  const status = async () => (await ask(other, OPEN, { headers: bearer(token) })).status;
  assert.equal(await status(), 200);
  published2 = [];
  await later.advance(301_000);
  await status();
  await later.advance(60_001);
  assert.equal(await status(), 401, 'its key was withdrawn');
  const short = await sign({ exp: nowSeconds + 400 });
  published2 = published;
  await later.advance(100_000);
  assert.equal((await ask(other, OPEN, { headers: bearer(short) })).status, 401, 'it has expired');
});

test('a scope narrows what the roles grant', async () => {
  const permissions = async (scope: unknown) => {
    const { json } = await call(OPEN, bearer(await sign({ roles: ['editor', 'reader'], scope })));
    return json.permissions;
  };
  assert.deepEqual(await permissions('things:read openid'), ['things:read']);
  assert.deepEqual(await permissions('things:*'), ['things:read', 'things:write']);
  assert.deepEqual(await permissions('openid'), []);
  assert.deepEqual(await permissions(['things:read']), []);
});

test('a key is accepted in each of its places', async () => {
  const key = makeKey();
  for (const headers of [{ 'x-api-key': key }, bearer(key), basic('app', key)]) {
    const { json } = await call(OPEN, headers);
    assert.deepEqual(
      [json.subject, json.consumer, json.via, json.permissions],
      ['consumer:app', 'app', 'key', ['things:read', 'things:write']],
    );
  }
});

test("what is no key, or nobody's, is refused, on open operations too", async () => {
  const key = makeKey();
  const { secret: unknown } = createKey(host.random, PREFIX);
  assert.equal(await refusal({ 'x-api-key': unknown }), 'credential-unknown');
  assert.equal(await refusal(basic('other', key)), 'credential-unknown');
  const malformed = [
    { 'x-api-key': '' },
    { 'x-api-key': 'x' },
    { 'x-api-key': `${key.slice(0, -1)}_` },
    { 'x-api-key': `other_live_${key.slice(PREFIX.length)}` },
    bearer('x'),
    bearer(key.slice(0, -1)),
    { authorization: key },
    { authorization: 'Bearer' },
    { authorization: '' },
    basic('app', 'x'),
    { authorization: 'Basic !!!' },
    { authorization: 'Digest x' },
    { authorization: 'Negotiate YII=' },
    bearer('a.b.c.d'),
    bearer(`${'a'.repeat(9_000)}.b.c`),
    basic('', key),
  ];
  for (const headers of malformed)
    assert.equal(await refusal(headers), 'credential-malformed', JSON.stringify(headers));
});

test('the holder of a key that is out of use is told why', async () => {
  const states: [Partial<KeyRecord>, string][] = [
    [{ state: 'disabled' }, 'key-disabled'],
    [{ state: 'expired' }, 'key-expired'],
    [{ expiresAt: host.clock.now() }, 'key-expired'],
    [{ state: 'revoked' }, 'key-revoked'],
  ];
  for (const [record, code] of states)
    assert.equal(await refusal({ 'x-api-key': makeKey(record) }), code);
  const retiring = await call(OPEN, { 'x-api-key': makeKey({ state: 'retiring' }) });
  assert.equal(retiring.status, 200);
});

test('a revoked key ends with its record', async () => {
  const key = makeKey();
  assert.equal((await call(OPEN, { 'x-api-key': key })).status, 200);
  records.delete(hashKey(key));
  assert.equal(await refusal({ 'x-api-key': key }), 'credential-unknown');
});

test('key and token together are the app acting for the user, with what both may', async () => {
  const key = makeKey();
  const { json } = await call(OPEN, { 'x-api-key': key, ...bearer(await sign()) });
  assert.deepEqual(
    [json.subject, json.consumer, json.via, json.permissions],
    ['user:acc_1', 'app', 'key+jwt', ['things:write']],
  );
  const same = await call(OPEN, { 'x-api-key': key, ...bearer(await sign({ client_id: 'app' })) });
  assert.equal(same.status, 200);
});

test('two credentials of a kind, or of two consumers, are ambiguous', async () => {
  const key = makeKey();
  const other = makeKey({ consumer: 'other' });
  for (const headers of [bearer(key), bearer(other), basic('app', key)]) {
    assert.equal(await refusal({ 'x-api-key': key, ...headers }), 'credential-ambiguous');
  }
  const elsewhere = bearer(await sign({ client_id: 'other' }));
  assert.equal(await refusal({ 'x-api-key': key, ...elsewhere }), 'credential-ambiguous');
});

test('one bad credential beside a good one is refused', async () => {
  const key = makeKey();
  assert.equal(
    await refusal({ 'x-api-key': key, ...bearer(await sign({ aud: 'x' })) }),
    'token-invalid',
  );
  const { secret } = createKey(host.random, PREFIX);
  assert.equal(
    await refusal({ 'x-api-key': secret, ...bearer(await sign()) }),
    'credential-unknown',
  );
});

test('without a credential, operations answer as their access says', async () => {
  assert.equal((await call(OPEN)).status, 200);
  assert.equal(await refusal({}, 'GET /things/v1/things/mine'), 'credential-missing');
  assert.equal(await refusal({}, 'PUT /things/v1/things/a'), 'credential-missing');
});

test('a missing permission is 403 and named, before the body is read', async () => {
  const { status, json } = await call('PUT /things/v1/things/a', bearer(await sign({ roles: [] })));
  assert.equal(status, 403);
  assert.deepEqual(json.permissions, ['things:write']);
  const granted = await call('PUT /things/v1/things/a', bearer(await sign()));
  assert.equal(granted.status, 200);
});

test('partner operations need a consumer: 401 for nobody, 403 for a user alone', async () => {
  const partner = 'GET /things/v1/partner-things';
  assert.equal(await refusal({}, partner), 'credential-missing');
  assert.equal((await call(partner, bearer(await sign({ roles: ['admin'] })))).status, 403);
  assert.equal((await call(partner, { 'x-api-key': makeKey() })).status, 200);
});

test('the admin listener knows nobody anonymous', async () => {
  const admin = (headers: Record<string, string>) =>
    call('GET /things/v1/inspection', { host: '127.0.0.1', ...headers }, { listener: 'admin' });
  assert.equal((await admin({})).status, 401);
  assert.equal((await admin(bearer(await sign()))).status, 403);
  assert.equal((await admin(bearer(await sign({ roles: ['admin'] })))).status, 200);
});

test('a credential in the address is none', async () => {
  const { json } = await call(`${OPEN}?access_token=${await sign()}&api_key=${makeKey()}`);
  assert.equal(json.via, 'anonymous');
});

test('the 21st failure of an address within a minute is 429, before any look-up', async () => {
  let lookups = 0;
  const guarded = create({
    policy: {
      trustedProxies: ['10.0.0.0/8'],
      keys: {
        find: () => {
          lookups++;
          return undefined;
        },
      },
    },
  });
  const guess = (client: string, peer = '10.0.0.1') => {
    const headers = {
      'x-api-key': createKey(host.random, PREFIX).secret,
      'x-forwarded-for': client,
    };
    return ask(guarded, OPEN, { headers, peer });
  };
  for (let attempt = 0; attempt < 20; attempt++) {
    assert.equal((await guess(`2001:db8:0:7::${attempt}`)).status, 401);
  }
  const refused = await guess('2001:db8:0:7:ffff::1');
  assert.equal(refused.status, 429);
  assert.equal(refused.json.code, 'rate-limited');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal(lookups, 20);
  assert.equal((await guess('2001:db8:0:8::1')).status, 401);
  assert.equal(
    (
      await ask(guarded, OPEN, {
        peer: '10.0.0.1',
        headers: { 'x-forwarded-for': '2001:db8:0:7::1' },
      })
    ).status,
    200,
  );
});

test('tokens of an issuer that is silent are 503, not 401', async () => {
  const dark = create({
    dispatcher: createTestDispatcher(() => {
      throw new Failure('REFUSED', 'not-ready', 'Not now.');
    }),
  });
  const { status, headers } = await ask(dark, OPEN, { headers: bearer(await sign()) });
  assert.equal(status, 503);
  assert.ok(headers.get('retry-after'));
});

test('Basic is offered only to those who use it', async () => {
  const challenge = async (headers: Record<string, string>) =>
    (await call('GET /things/v1/things/mine', headers)).headers.get('www-authenticate');
  assert.equal(await challenge({}), 'Bearer realm="test"');
  assert.equal(await challenge(bearer('x')), 'Bearer realm="test", error="invalid_token"');
  assert.match((await challenge(basic('app', 'x'))) ?? '', /^Basic realm="test", charset="UTF-8"/);
});

test('credentials in the message itself count like those in headers, and beside them', async () => {
  const key = makeKey();
  const token = await sign();
  const presenting = (username: string, password: string) =>
    create({
      bindings: [
        {
          name: 'presenting',
          routes: () => [
            {
              method: 'POST',
              path: '/message',
              label: 'message',
              async handle(exchange) {
                await exchange.authenticate();
                const caller = await exchange.authenticate({ username, password });
                return { status: 200, headers: {}, body: `${caller.subject} ${caller.via}` };
              },
            },
          ],
          documents: () => [],
          refuse: (failure) => ({
            status: 401,
            headers: {},
            body: Failure.from(failure).details.reason ?? '',
          }),
        },
      ],
    });
  const answer = async (
    password: string,
    headers: Record<string, string> = {},
    username = 'app',
  ) => {
    const response = await presenting(username, password).handle('public', {
      method: 'POST',
      target: '/message',
      version: '1.1',
      headers: Object.entries({ host: 'a', ...headers }).flat(),
      body: toBodySource(),
      peer: '10.9.9.9',
      secure: false,
    });
    return response.body;
  };
  assert.equal(await answer(key), 'consumer:app key');
  assert.equal(await answer(key, bearer(token)), 'user:acc_1 key+jwt');
  assert.equal(await answer(key, { 'x-api-key': key }), 'credential-ambiguous');
  assert.equal(await answer(key, {}, 'other'), 'credential-unknown');
  assert.equal(await answer('digest'), 'credential-malformed');
});
