import { PasswordTooCommon } from '../../contracts/identity.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

const SEQUENCES = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertzuiopasdfghjklyxcvbnm',
];

/**
 * Refuses passwords that guessing begins with: the most common ones, one character or one short piece
 * repeated, runs of the alphabet or the keyboard, and the address itself. Beyond that nothing is asked of
 * a password (NIST SP 800-63B §3.1.1.2); its length is the contract's business.
 *
 * @throws PasswordTooCommon
 */
export function assertPassword(password: string, email: string): void {
  if (isGuessable(password, email)) throw PasswordTooCommon();
}

function isGuessable(password: string, email: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  const address = email.toLowerCase();
  const withoutMarks = plain.replace(/[!?.#*$]{1,3}$/, '');
  const withoutTail = withoutMarks.replace(/[0-9]{1,4}$/, '');
  return (
    [plain, withoutMarks, withoutTail].some((word) => COMMON_PASSWORDS.has(word)) ||
    isRepetition(plain) ||
    SEQUENCES.some((run) => run.includes(plain) || reversed(run).includes(plain)) ||
    plain === address ||
    withoutTail === address.slice(0, address.indexOf('@'))
  );
}

/** One piece of up to four characters, over and over. */
function isRepetition(text: string): boolean {
  return [1, 2, 3, 4].some((size) => {
    const piece = text.slice(0, size);
    return piece.repeat(Math.ceil(text.length / size)).slice(0, text.length) === text;
  });
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
