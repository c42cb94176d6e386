import { Failure } from '@portico/contract';

/** More than any operation has; a bound on what one target makes us allocate. */
export const QUERY_PARAMETERS_MAX = 100;

/** What may stand in a query (RFC 3986 §3.4), and the square brackets that clients leave unescaped. */
const LEGAL = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]]*$/;

/** One parameter as it was sent, decoded. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/**
 * Splits a raw query, in order, repetitions kept: `&` separates, the first `=` ends the name, `+` is a
 * space (WHATWG URL §5.1), percent-encodings are UTF-8 and decoded once. Nothing is repaired.
 *
 * @throws {Failure} `malformed`: illegal character, bad encoding, empty parameter, too many.
 */
export function parseQuery(raw: string): QueryParameter[] {
  if (raw === '') return [];
  if (!LEGAL.test(raw)) refuse('holds a character that has to be percent-encoded');
  const pieces = raw.split('&', QUERY_PARAMETERS_MAX + 1);
  if (pieces.length > QUERY_PARAMETERS_MAX) {
    refuse(`has more than ${QUERY_PARAMETERS_MAX} parameters`);
  }
  return pieces.map(toParameter);
}

function toParameter(piece: string): QueryParameter {
  const equals = piece.indexOf('=');
  const name = equals < 0 ? piece : piece.slice(0, equals);
  if (name === '') refuse('has a parameter without a name');
  return { name: decode(name), value: equals < 0 ? '' : decode(piece.slice(equals + 1)) };
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    refuse('has a percent-encoding that is not valid UTF-8');
  }
}

function refuse(what: string): never {
  throw Failure.rejected('malformed', `The query ${what}.`);
}
