import { Buffer } from 'node:buffer';
import { Failure } from '@portico/contract';

/** Longer ones are not ours: a cursor holds a sort key and an id. */
export const CURSOR_LENGTH_MAX = 1024;

/**
 * A place in a list as an opaque text for clients, who give it back to go on from there: base64url
 * (RFC 4648 §5) of JSON. It is neither secret nor signed, so it holds nothing but sort keys, and what
 * comes back is checked like any input.
 *
 * @throws {Error} when the text would be longer than {@link CURSOR_LENGTH_MAX}.
 */
export function toCursor(value: unknown): string {
  const text = Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
  if (text.length > CURSOR_LENGTH_MAX) {
    throw new Error(
      `A cursor of ${text.length} characters is too long: put only sort keys into it.`,
    );
  }
  return text;
}

/**
 * The value of a cursor that a client gave back; `undefined` for none. What it holds is still unknown:
 * check it before use.
 *
 * @throws {Failure} `invalid` for anything that {@link toCursor} can't have made.
 */
export function parseCursor(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (text.length <= CURSOR_LENGTH_MAX) {
    const bytes = Buffer.from(text, 'base64url');
    try {
      // Buffer skips what is no base64url; writing it again shows whether anything was skipped.
      if (bytes.toString('base64url') === text) return JSON.parse(bytes.toString('utf8'));
    } catch {
      // Not JSON: refused below like everything else that is not ours.
    }
  }
  throw invalidCursor();
}

/** The failure for a cursor that does not fit the list it is used on. */
export function invalidCursor(): Failure {
  return Failure.rejected('invalid', 'The cursor is not one that this operation gave out.');
}
