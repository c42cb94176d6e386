import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PasswordTooCommon } from '../../contracts/identity.ts';
import { assertPassword } from './password-rules.ts';

const email = 'ada.lovelace@example.com';
const isRefused = (password: string) =>
  assert.throws(
    () => assertPassword(password, email),
    (error) => PasswordTooCommon.is(error),
    password,
  );

describe('new passwords', () => {
  it('are not among the most common ones, whatever their case and tail', () => {
    for (const password of ['password', 'PassWord123', 'Qwertyuiop!', 'iloveyou1', 'Summer2026!']) {
      isRefused(password);
    }
  });

  it('are no repetition, no run of the alphabet or keyboard, and not the address', () => {
    for (const password of ['aaaaaaaaaa', 'abababab', 'abcabcabc', 'hijklmnop', '98765432']) {
      isRefused(password);
    }
    isRefused('ada.lovelace@example.com');
    isRefused('Ada.Lovelace1');
  });

  it('may be anything else: words, spaces, one kind of character', () => {
    for (const password of ['correct horse battery', 'tr0mbone', 'ẞtraßenfest', '        x ']) {
      assert.doesNotThrow(() => assertPassword(password, email), password);
    }
  });
});
