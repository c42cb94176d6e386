import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createRefreshToken,
  hashToken,
  parseRefreshToken,
  REPLAY_MS,
  type RefreshToken,
  rotate,
} from './refresh-token.ts';
import type { SessionRow } from './tables.ts';

const secret = 'a secret of the store';
const selector = `rft_${'0'.repeat(26)}`;
const first = createRefreshToken(selector, new Uint8Array(32).fill(9));

function parsed(text: string): RefreshToken {
  const token = parseRefreshToken(text);
  assert.ok(token, text);
  return token;
}

function session(changes: Partial<SessionRow> = {}): SessionRow {
  return {
    session_id: 'ses_1',
    subject: 'acc_1',
    selector,
    token_hash: hashToken(first),
    previous_hash: null,
    rotated_at: null,
    created_at: 0,
    last_used_at: 0,
    expires_at: 1_000_000,
    revoked_at: null,
    ...changes,
  };
}

/** Applies a rotation as the store does. */
function applied(row: SessionRow, token: string, now: number): [SessionRow, string] {
  const rotation = rotate(row, parsed(token), { now, secret });
  assert.equal(rotation.kind, 'successor');
  if (rotation.again) return [row, rotation.successor];
  const next = { token_hash: hashToken(rotation.successor), rotated_at: now };
  return [{ ...row, ...next, previous_hash: row.token_hash }, rotation.successor];
}

describe('refresh tokens', () => {
  it('give a successor that works in its turn', () => {
    const [second, token2] = applied(session(), first, 100);
    const [, token3] = applied(second, token2, 200);
    assert.equal(new Set([first, token2, token3]).size, 3);
  });

  it('give the same successor for ten seconds, and end the session afterwards', () => {
    const [row, successor] = applied(session(), first, 100);
    const again = rotate(row, parsed(first), { now: 100 + REPLAY_MS, secret });
    assert.deepEqual(again, { kind: 'successor', successor, again: true });
    const late = rotate(row, parsed(first), { now: 101 + REPLAY_MS, secret });
    assert.deepEqual(late, { kind: 'reuse' });
  });

  it('end the session when one from before the last is used, even at once', () => {
    const [second, token2] = applied(session(), first, 100);
    const [third] = applied(second, token2, 101);
    assert.deepEqual(rotate(third, parsed(first), { now: 102, secret }), { kind: 'reuse' });
  });

  it('end the session when the selector is right and the rest is made up', () => {
    const forged = createRefreshToken(selector, new Uint8Array(32).fill(1));
    assert.deepEqual(rotate(session(), parsed(forged), { now: 1, secret }), { kind: 'reuse' });
  });

  it('lead nowhere once the session has ended', () => {
    const ended = { kind: 'ended' };
    assert.deepEqual(rotate(session({ revoked_at: 5 }), parsed(first), { now: 6, secret }), ended);
    const late = { now: 1_000_000, secret };
    assert.deepEqual(rotate(session(), parsed(first), late), ended);
  });

  it('are told from anything else', () => {
    for (const text of ['', 'rft_x.y', `${first} `, `${first}.`, 'eyJhbGciOiJub25lIn0.e30.']) {
      assert.equal(parseRefreshToken(text), undefined, text);
    }
  });
});
