import type { Card } from './cards.ts';
import type { AuthorizeRequest } from './payments.ts';
import { Problem } from './problem.ts';

/** The fields of a request that came as JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** As large as an amount of minor units may be. */
const AMOUNT_MAX = 1_000_000_000_000;
/** Long enough for every reference of a shop. */
const TEXT_MAX = 300;

/** Parses a JSON object. @throws {Problem} 400. */
export function parseFields(body: string): Fields {
  try {
    const value: unknown = body === '' ? {} : JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Fields;
    }
  } catch {
    // Answered below, like every other body that is no object.
  }
  throw new Problem(400, 'invalid_body', 'The body is not a JSON object.');
}

/** A text of 1–300 characters. @throws {Problem} 400. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '' && value.length <= TEXT_MAX) return value;
  throw new Problem(400, 'invalid_field', `${name} is a text of 1 to ${TEXT_MAX} characters.`);
}

/** A whole number from 1. @throws {Problem} 400. */
export function whole(fields: Fields, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= AMOUNT_MAX) {
    return Number(value);
  }
  throw new Problem(400, 'invalid_field', `${name} is a whole number from 1 to ${AMOUNT_MAX}.`);
}

/** The card that a page sent. @throws {Problem} 400. */
export function parseCard(fields: Fields): Card {
  return {
    number: text(fields, 'number').replaceAll(/[ -]/g, ''),
    expMonth: whole(fields, 'expMonth'),
    expYear: whole(fields, 'expYear'),
    cvc: text(fields, 'cvc'),
  };
}

/** What a shop wants authorized. @throws {Problem} 400. */
export function parseAuthorize(fields: Fields): AuthorizeRequest {
  const currency = text(fields, 'currency');
  if (!/^[A-Z]{3}$/.test(currency)) {
    throw new Problem(400, 'invalid_field', 'currency is an ISO 4217 code.');
  }
  const returnUrl = fields.returnUrl === undefined ? null : text(fields, 'returnUrl');
  if (returnUrl !== null && !/^https?:\/\//.test(returnUrl)) {
    throw new Problem(400, 'invalid_field', 'returnUrl is an http or https address.');
  }
  return {
    reference: text(fields, 'reference'),
    amount: whole(fields, 'amount'),
    currency,
    token: text(fields, 'token'),
    returnUrl,
  };
}
