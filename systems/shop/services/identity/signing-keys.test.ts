import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createKey, PUBLISH_AHEAD_MS, planRotation, signingKeyAt } from './signing-keys.ts';
import type { SigningKeyRow } from './tables.ts';

const DAY_MS = 24 * 3_600_000;
const policy = { rotationMs: 30 * DAY_MS, tokenMs: 600_000 };
const key = (at: number): SigningKeyRow => ({
  kid: `k${at}`,
  seed: '',
  x: '',
  created_at: at,
});

describe('signing keys', () => {
  it('begin with one that signs at once', () => {
    assert.deepEqual(planRotation([], 0, policy), { create: true, remove: [] });
    assert.equal(signingKeyAt([key(0)], 0)?.kid, 'k0');
    assert.equal(signingKeyAt([], 0), undefined);
  });

  it('are published before they sign', () => {
    const keys = [key(0), key(30 * DAY_MS)];
    assert.equal(signingKeyAt(keys, 30 * DAY_MS + PUBLISH_AHEAD_MS - 1)?.kid, 'k0');
    assert.equal(signingKeyAt(keys, 30 * DAY_MS + PUBLISH_AHEAD_MS)?.kid, `k${30 * DAY_MS}`);
  });

  it('stay published until the last token they signed is dead, however irregular the job', () => {
    const gaps = fc.array(fc.integer({ min: 60_000, max: 20 * DAY_MS }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, (between) => {
        let keys: SigningKeyRow[] = [key(0)];
        let now = 0;
        let live: { kid: string; until: number }[] = [];
        for (const gap of between) {
          now += gap;
          const plan = planRotation(keys, now, policy);
          keys = keys.filter((each) => !plan.remove.includes(each.kid));
          if (plan.create) keys.push(key(now));
          const published = new Set(keys.map((each) => each.kid));
          live = live.filter((token) => token.until > now);
          assert.ok(live.every((token) => published.has(token.kid)));
          const signing = signingKeyAt(keys, now);
          assert.ok(signing);
          live.push({ kid: signing.kid, until: now + policy.tokenMs });
          assert.ok(keys.length <= 3, 'old keys are removed');
        }
      }),
    );
  });

  it('come from their seed', () => {
    const made = createKey(new Uint8Array(32).fill(1), new Uint8Array(12), 5);
    // RFC 8032's way from seed to public key, computed with another implementation (OpenSSL).
    assert.equal(made.x, 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w');
    assert.equal(made.created_at, 5);
  });
});
