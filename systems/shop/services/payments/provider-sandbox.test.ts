import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sign } from '../../sandbox-psp/webhook-dialects.ts';
import { BadEvent } from './provider.ts';
import { testProvider } from './provider-conformance.ts';
import { type Address, KEYS, startSandboxFixture, WEBHOOK_SECRET } from './provider-fixture.ts';
import { createSandboxProvider } from './provider-sandbox.ts';

const connect = ({ url, secretKey, now }: Address) =>
  createSandboxProvider(
    { url, secretKey, publishableKey: KEYS.publishable, webhookSecret: WEBHOOK_SECRET },
    now,
  );

testProvider('sandbox', () => startSandboxFixture('sandbox', connect));

describe('reading an event signed as Standard Webhooks says', () => {
  const now = Date.UTC(2026, 10, 22);
  const seconds = now / 1000;
  const body = JSON.stringify({ type: 'payment.authorized', data: { reference: 'pay_1' } });
  const provider = connect({ url: 'http://127.0.0.1:9', secretKey: KEYS.secret, now: () => now });
  const read = (id: string, timestamp: number, signature: string) => {
    const headers: Record<string, string> = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    };
    return provider.readEvent(new TextEncoder().encode(body), (name) => headers[name]);
  };
  const signed = (timestamp: number) => sign(WEBHOOK_SECRET, { id: 'evt_1', timestamp, body });

  it('accepts what is signed with our key, also beside another signature', () => {
    const event = read('evt_1', seconds, `v1,bm9wZQ== ${signed(seconds)}`);
    assert.equal(event.reference, 'pay_1');
    assert.equal(event.id, 'evt_1');
  });

  it('refuses another id or time than the signed one, and a time that is far ahead', () => {
    assert.throws(() => read('evt_2', seconds, signed(seconds)), BadEvent);
    assert.throws(() => read('evt_1', seconds + 1, signed(seconds)), BadEvent);
    assert.throws(() => read('evt_1', seconds + 301, signed(seconds + 301)), /five/);
  });
});
