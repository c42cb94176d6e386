/** What a test card does when it is charged. */
export type Behaviour =
  | 'works'
  | 'declined'
  | 'insufficientFunds'
  | 'expired'
  | 'wrongCvc'
  | 'processingError'
  | 'challenge'
  | 'disputed';

/** A card as a page sends it. */
export interface Card {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly cvc: string;
}

/** Why a card never became a token; `code` is for machines. */
export interface CardProblem {
  readonly code: 'invalid_number' | 'invalid_expiry' | 'invalid_cvc' | 'expired_card';
  readonly message: string;
}

/** The cards of this sandbox; each other number that passes Luhn works like the first. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  '4242424242424242': 'works',
  '4000000000000002': 'declined',
  '4000000000009995': 'insufficientFunds',
  '4000000000000069': 'expired',
  '4000000000000127': 'wrongCvc',
  '4000000000000119': 'processingError',
  '4000000000003220': 'challenge',
  '4000000000000259': 'disputed',
};

/** What charging the card with this number does. */
export function toBehaviour(number: string): Behaviour {
  return BEHAVIOURS[number] ?? 'works';
}

/** The network that a number belongs to, by its first digit. */
export function toBrand(number: string): string {
  const brands: Readonly<Record<string, string>> = { 3: 'amex', 4: 'visa', 5: 'mastercard' };
  return brands[number.charAt(0)] ?? 'unknown';
}

/** Whether the check digit is right (ISO/IEC 7812-1 annex B, "Luhn"). */
export function isLuhn(number: string): boolean {
  const digits = [...number].reverse().map(Number);
  const total = digits.reduce((sum, digit, index) => {
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    return sum + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return total % 10 === 0;
}

/** What is wrong with `card` before any bank is asked; `undefined` when nothing is. */
export function findProblem(card: Card, now: Date): CardProblem | undefined {
  if (!/^\d{12,19}$/.test(card.number) || !isLuhn(card.number)) {
    return { code: 'invalid_number', message: 'The card number is not a valid one.' };
  }
  if (card.expMonth < 1 || card.expMonth > 12 || card.expYear < 2000 || card.expYear > 2100) {
    return { code: 'invalid_expiry', message: 'The expiry date is not a month and a year.' };
  }
  const month = now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
  if (card.expYear * 12 + card.expMonth < month) {
    return { code: 'expired_card', message: 'The card has expired.' };
  }
  if (!/^\d{3,4}$/.test(card.cvc)) {
    return { code: 'invalid_cvc', message: 'The security code has three or four digits.' };
  }
  return undefined;
}
