import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { SILENT } from '../fixtures/test-gateway.ts';
import { createIssuerKeys } from './issuer-keys.ts';

const keys: JWK[] = [];
before(async () => {
  for (const kid of ['one', 'two']) {
    const { publicKey } = await generateKeyPair('ES256');
    keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' });
  }
});

/** An issuer whose answer a test decides. */
function createTestIssuer(host: SimulatedHost) {
  const state = { fetches: 0, answer: (): unknown => ({ keys: [keys[0]] }) };
  const fetchKeys = async () => {
    state.fetches++;
    return state.answer();
  };
  const resolve = createIssuerKeys({ issuer: 'test', fetchKeys, clock: host.clock, log: SILENT });
  const find = async (kid: string) => {
    try {
      await resolve({ alg: 'ES256', kid }, { payload: '', signature: '' });
      return 'found';
    } catch (error) {
      return error instanceof Failure ? error.code : (error as { code: string }).code;
    }
  };
  return { state, find };
}

const silent = () => {
  throw new Error('no answer');
};
const UNKNOWN = 'ERR_JWKS_NO_MATCHING_KEY';

test('keys are fetched once, and again for an unknown kid at most every 30 s', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const { state, find } = createTestIssuer(host);
  assert.equal(await find('one'), 'found');
  for (let attempt = 0; attempt < 10; attempt++) assert.equal(await find('two'), UNKNOWN);
  assert.equal(state.fetches, 1);
  state.answer = () => ({ keys });
  await host.advance(30_000);
  assert.equal(await find('two'), 'found');
  assert.equal(state.fetches, 2);
  for (const kid of ['../../etc/passwd', 'https://evil.example/keys', '__proto__']) {
    assert.equal(await find(kid), UNKNOWN);
  }
  assert.equal(state.fetches, 2);
});

test('the keys of a silent issuer serve for an hour', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const { state, find } = createTestIssuer(host);
  assert.equal(await find('one'), 'found');
  state.answer = silent;
  await host.advance(3_600_000);
  assert.equal(await find('one'), 'found');
  await host.advance(60_000);
  assert.equal(await find('one'), 'issuer-silent');
});

test('a withdrawn key ends within minutes', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const { state, find } = createTestIssuer(host);
  assert.equal(await find('one'), 'found');
  state.answer = () => ({ keys: [keys[1]] });
  await host.advance(300_001);
  await find('one');
  await host.advance(1);
  assert.equal(await find('one'), UNKNOWN);
});

test('an issuer that is silent from the beginning is asked again each second', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const { state, find } = createTestIssuer(host);
  state.answer = silent;
  for (let attempt = 0; attempt < 5; attempt++) assert.equal(await find('one'), 'issuer-silent');
  assert.equal(state.fetches, 1);
  await host.advance(1_000);
  state.answer = () => ({ keys });
  assert.equal(await find('one'), 'found');
});

test('secrets and private keys in a key set are left out, other answers refused', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const { state, find } = createTestIssuer(host);
  state.answer = () => ({
    keys: [
      { kty: 'oct', k: 'AAAA', kid: 'one' },
      { ...keys[0], d: 'AAAA' },
    ],
  });
  assert.equal(await find('one'), UNKNOWN);
  for (const answer of [
    undefined,
    null,
    'x',
    {},
    { keys: 'x' },
    { keys: new Array(101).fill({}) },
  ]) {
    const other = createTestIssuer(host);
    other.state.answer = () => answer;
    assert.equal(await other.find('one'), 'issuer-silent');
  }
});
